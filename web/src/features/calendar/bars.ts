import type { CalendarEntry } from "@/api/load";

import { dayOf } from "./dates";

export interface Span {
  key: string;
  entries: CalendarEntry[];
  /** Index of the first and the last day that it covers. */
  from: number;
  to: number;
  /** The line that it stands on, from 0; bars that do not meet share one. */
  lane: number;
}

/** Entries that stand for whole days, as bars; neighbouring days of one schedule, which say the same, are one bar. */
export function spans(entries: readonly CalendarEntry[], days: readonly string[]): Span[] {
  const found: Span[] = [];
  const last = new Map<string, Span>();
  for (const entry of entries) {
    if (entry.cadence === null) continue;
    const index = days.indexOf(dayOf(entry.at));
    if (index < 0) continue;
    const open = last.get(entry.automationId);
    if (open && entry.scheduled && open.to === index - 1 && open.entries[0]?.cadence === entry.cadence) {
      open.to = index;
      open.entries.push(entry);
    } else {
      const made = { key: `${entry.automationId}-${index}`, entries: [entry], from: index, to: index, lane: 0 };
      found.push(made);
      last.set(entry.automationId, made);
    }
  }
  return inLanes(found.toSorted((one, other) => other.to - other.from - (one.to - one.from) || one.from - other.from));
}

/** Gives each bar the first line on which it meets no other. */
function inLanes(bars: Span[]): Span[] {
  const lanes: Span[][] = [];
  for (const bar of bars) {
    const free = lanes.findIndex((lane) => lane.every((other) => other.to < bar.from || bar.to < other.from));
    bar.lane = free < 0 ? lanes.length : free;
    (lanes[bar.lane] ??= []).push(bar);
  }
  return bars;
}

/** How many runs of a bar have failed; of a bar over several days it is their sum, and says so. */
export function failuresOf(span: Span): string | null {
  const failed = span.entries.reduce((sum, entry) => sum + (entry.failed ?? 0), 0);
  if (failed === 0) return null;
  return span.entries.length > 1 ? `${failed} failed in ${span.entries.length} days` : `${failed} failed`;
}
