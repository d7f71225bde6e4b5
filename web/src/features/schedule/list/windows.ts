import { BEGINNING, type Slice } from "@/api/live";

/** Slices begin at multiples of this, so that who goes to and fro asks for the same ones. */
const STEP = 50;
/** So many rows beyond those that are drawn are there before they are needed. */
const AHEAD = 20;

/** The part of the list to ask for, where rows from `first` to `last` are drawn, and never more than `most`. */
export function sliceAround(first: number, last: number, most: number): Slice {
  const start = down(Math.max(0, first - AHEAD));
  if (start === BEGINNING.start && last + AHEAD < BEGINNING.size) return BEGINNING;
  // As many for every place, so that one step on is one question and not two.
  return { start, size: down(most + 2 * AHEAD + 2 * STEP) };
}

const down = (row: number) => Math.floor(row / STEP) * STEP;

export const isSame = (one: Slice, other: Slice) => one.start === other.start && one.size === other.size;

export const overlaps = (one: Slice, other: Slice) =>
  one.start < other.start + other.size && other.start < one.start + one.size;
