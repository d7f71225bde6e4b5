import type { CalendarEntry } from "@/api/outlook";

import { dayOf } from "../dates";

export interface Span {
  key: string;
  entries: CalendarEntry[];
  /** Index of the first and the last day. */
  from: number;
  to: number;
  /** The line, from 0; bars that do not overlap share one. */
  lane: number;
}

/** Whole-day entries as bars; equal entries of one schedule on neighbouring days are one bar. */
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

/** Assigns each bar the first line without an overlap. */
function inLanes(bars: Span[]): Span[] {
  const lanes: Span[][] = [];
  for (const bar of bars) {
    const free = lanes.findIndex((lane) => lane.every((other) => other.to < bar.from || bar.to < other.from));
    bar.lane = free < 0 ? lanes.length : free;
    (lanes[bar.lane] ??= []).push(bar);
  }
  return bars;
}

/** The number of failed runs of a bar; for several days their sum, labelled as such. */
export function failuresOf(span: Span): string | null {
  const failed = span.entries.reduce((sum, entry) => sum + (entry.failed ?? 0), 0);
  if (failed === 0) return null;
  return span.entries.length > 1 ? `${failed} failed in ${span.entries.length} days` : `${failed} failed`;
}
