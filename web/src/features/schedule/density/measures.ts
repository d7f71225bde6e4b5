import type { Slot } from "@/api/load";
import { count } from "@/lib/format";

export type Measure = "weighted" | "starts" | "concurrency";

export const MEASURES: Record<Measure, { label: string; unit: string; of: (slot: Slot) => number }> = {
  weighted: { label: "Agent runs", unit: "agent runs", of: (slot) => slot.weightedStarts },
  starts: { label: "Starts", unit: "starts", of: (slot) => slot.starts },
  concurrency: { label: "Concurrency", unit: "at once", of: (slot) => slot.peakConcurrency },
};

/** What a measure counts, in the singular where it is one. */
export const unitOf = (measure: Measure, value: number) =>
  value === 1 ? MEASURES[measure].unit.replace(/s$/, "") : MEASURES[measure].unit;

/** The first slot with the most runs at once; undefined where nothing runs. */
export function mostAtOnce(slots: readonly Slot[]): Slot | undefined {
  const most = Math.max(0, ...slots.map((slot) => slot.peakConcurrency));
  return most > 0 ? slots.find((slot) => slot.peakConcurrency === most) : undefined;
}

const LEVELS = 5;

/** The shade of a value among others: 0 is nothing, 5 the most there is. */
export function level(value: number, most: number): number {
  return value <= 0 || most <= 0 ? 0 : Math.max(1, Math.ceil((value / most) * LEVELS));
}

/** A number on a cell: whole where it is whole, and never wider than three signs. */
export function short(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 0 : 1)}k`;
  return Number.isInteger(value) || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}

/** A sentence of the API's with its large numbers written as the page writes them. */
export function grouped(text: string): string {
  return text.replace(/\d{4,}/g, (digits) => count(Number(digits)));
}

/** Slots by calendar day of their own zone; on a day on which clocks change there are 23 or 25. */
export function byDay(slots: readonly Slot[]): [string, Slot[]][] {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const day = slot.start.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return [...days];
}
