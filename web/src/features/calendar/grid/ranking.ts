import type { CalendarEntry } from "@/api/outlook";

const weight = (entry: CalendarEntry) =>
  entry.status === "failed" ? 0 : entry.cadence !== null ? 1 : entry.primitiveType !== "agent" ? 2 : 3;

/** A day's entries in a month: failures first, then frequent automations, then rare ones; each automation once. */
export function ranked(entries: readonly CalendarEntry[]): CalendarEntry[] {
  const once = new Map<string, CalendarEntry>();
  for (const entry of entries.toSorted((one, other) => weight(one) - weight(other))) {
    if (!once.has(entry.automationId)) once.set(entry.automationId, entry);
  }
  return [...once.values()];
}

/** The first ranked entries; the last one is a frequent automation, so that each day shows at least one. */
export function firstOf(ordered: readonly CalendarEntry[], places: number): CalendarEntry[] {
  const first = ordered.slice(0, places);
  const often = ordered.find((entry) => entry.cadence !== null);
  return often && !first.includes(often) ? [...first.slice(0, -1), often] : first;
}

/** How many items to show in a limited space; "1 more" would take the line of the item itself. */
export const placesFor = (many: number, places: number) => (many === places + 1 ? many : places);
