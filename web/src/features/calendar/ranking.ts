import type { CalendarEntry } from "@/api/load";

const weight = (entry: CalendarEntry) =>
  entry.status === "failed" ? 0 : entry.cadence !== null ? 1 : entry.primitiveType !== "agent" ? 2 : 3;

/** A day's entries as a month shows them: failures first, then what fires often, then what happens seldom; each automation once. */
export function ranked(entries: readonly CalendarEntry[]): CalendarEntry[] {
  const once = new Map<string, CalendarEntry>();
  for (const entry of entries.toSorted((one, other) => weight(one) - weight(other))) {
    if (!once.has(entry.automationId)) once.set(entry.automationId, entry);
  }
  return [...once.values()];
}

/** The first of ranked entries; the last place goes to one that fires often, so that no day hides them all. */
export function firstOf(ordered: readonly CalendarEntry[], places: number): CalendarEntry[] {
  const first = ordered.slice(0, places);
  const often = ordered.find((entry) => entry.cadence !== null);
  return often && !first.includes(often) ? [...first.slice(0, -1), often] : first;
}

/** How many of so many to show where there are places for a few: a line that says "1 more" is no shorter than the one. */
export const placesFor = (many: number, places: number) => (many === places + 1 ? many : places);
