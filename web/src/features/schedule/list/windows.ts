import { BEGINNING, type Slice } from "@/api/live";

/** Slices start at multiples of this, so that scrolling back reuses them. */
const STEP = 50;
/** Number of rows loaded ahead of the visible ones. */
const AHEAD = 20;

/** The slice to request for the rows `first` to `last`, at most `most` rows. */
export function sliceAround(first: number, last: number, most: number): Slice {
  const start = down(Math.max(0, first - AHEAD));
  if (start === BEGINNING.start && last + AHEAD < BEGINNING.size) return BEGINNING;
  // A constant size, so that scrolling by one step needs one request.
  return { start, size: down(most + 2 * AHEAD + 2 * STEP) };
}

const down = (row: number) => Math.floor(row / STEP) * STEP;

export const isSame = (one: Slice, other: Slice) => one.start === other.start && one.size === other.size;

export const overlaps = (one: Slice, other: Slice) =>
  one.start < other.start + other.size && other.start < one.start + one.size;
