import type { Slot } from "@/api/outlook";

export type Measure = "weighted" | "starts" | "concurrency";

export const MEASURES: Record<Measure, { label: string; unit: string; value: (slot: Slot) => number }> = {
  weighted: { label: "Agent runs", unit: "agent runs", value: (slot) => slot.weightedStarts },
  starts: { label: "Starts", unit: "starts", value: (slot) => slot.starts },
  concurrency: { label: "Concurrency", unit: "running at once", value: (slot) => slot.peakConcurrency },
};

/** The unit of a measure, singular for exactly one. */
export const unitOf = (measure: Measure, value: number) =>
  value === 1 ? MEASURES[measure].unit.replace(/s$/, "") : MEASURES[measure].unit;

/** The first slot with the most runs at once; undefined where nothing runs. */
export function highestConcurrency(slots: readonly Slot[]): Slot | undefined {
  const most = Math.max(0, ...slots.map((slot) => slot.peakConcurrency));
  return most > 0 ? slots.find((slot) => slot.peakConcurrency === most) : undefined;
}

export const mostArrivals = (slots: readonly Slot[]) => Math.max(0, ...slots.map((slot) => slot.expectedArrivals));

const LEVELS = 5;

/** The shade of a value among others: 0 for nothing, 5 for the maximum. */
export function level(value: number, most: number): number {
  return value <= 0 || most <= 0 ? 0 : Math.max(1, Math.ceil((value / most) * LEVELS));
}

/** A number that fits on a cell: at most four characters. */
export function short(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10_000 ? 0 : 1)}k`;
  return Number.isInteger(value) || value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}

/** Slots by calendar day in their own zone; the day of a daylight-saving change has 23 or 25. */
export function byDay(slots: readonly Slot[]): [string, Slot[]][] {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const day = slot.start.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return [...days];
}
