import type { Calendar, CalendarEntry, HourLoad } from "@/api/load";
import { FIRST_DAY, isCalendarDay, LAST_DAY } from "@/lib/search-params";
import { addDays, dayOfWeek } from "@/lib/time";

export type View = "month" | "week" | "day";

export interface Span {
  key: string;
  entries: CalendarEntry[];
  /** Index of the first and the last day that it covers. */
  from: number;
  to: number;
  /** The line that it stands on, from 0; bars that do not meet share one. */
  lane: number;
}

const DAYS_SHOWN: Record<View, number> = { month: 42, week: 7, day: 1 };

/** The days that a view around a day shows; weeks begin on Monday. */
export function daysOf(view: View, day: string): string[] {
  const anchor = view === "month" ? `${day.slice(0, 7)}-01` : day;
  const first = view === "day" ? day : addDays(anchor, -dayOfWeek(anchor));
  return Array.from({ length: DAYS_SHOWN[view] }, (_, index) => addDays(first, index));
}

export function step(view: View, day: string, by: 1 | -1): string {
  if (view === "day") return addDays(day, by);
  if (view === "week") return addDays(day, 7 * by);
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

/** What is asked for to show these days: of a month at the ends of the calendar, only the days that it has. */
export function rangeOf(days: readonly string[]): { from: string; to: string } {
  const asked = days.filter(isCalendarDay);
  const [first, last] = [asked[0] ?? FIRST_DAY, asked.at(-1) ?? LAST_DAY];
  return { from: first, to: last === LAST_DAY ? `${LAST_DAY}T23:59:59` : addDays(last, 1) };
}

/** Why there is nothing to go to before or after a day; nothing where there is. */
export function endOf(view: View, day: string): string | null {
  if (!isCalendarDay(step(view, day, 1))) return `The calendar ends with ${LAST_DAY.slice(0, 4)}.`;
  if (!isCalendarDay(step(view, day, -1))) return `The calendar begins with ${FIRST_DAY.slice(0, 4)}.`;
  return null;
}

export const dayOf = (at: string) => at.slice(0, 10);
export const hourOf = (at: string) => Number(at.slice(11, 13));

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

/** Single fires by day and hour. */
export function byHour(entries: readonly CalendarEntry[]): Map<string, CalendarEntry[]> {
  const cells = new Map<string, CalendarEntry[]>();
  for (const entry of entries) {
    if (entry.cadence !== null) continue;
    const key = entry.at.slice(0, 13);
    cells.set(key, [...(cells.get(key) ?? []), entry]);
  }
  return cells;
}

/** What each hour holds; of an hour that a fold repeats both together, and the busier one's concurrency. */
export function loads(hours: readonly HourLoad[]): Map<string, HourLoad> {
  const found = new Map<string, HourLoad>();
  for (const hour of hours) {
    const key = hour.start.slice(0, 13);
    const known = found.get(key);
    if (!known) {
      found.set(key, hour);
      continue;
    }
    const busier = (hour.concurrency ?? 0) > (known.concurrency ?? 0) ? hour : known;
    found.set(key, { ...busier, start: known.start, ...together([known, hour]) });
  }
  return found;
}

/** What hours come to, such as those of a day. */
export function together(hours: readonly HourLoad[]): Pick<HourLoad, "fires" | "failed" | "byPrimitive"> {
  const byPrimitive: HourLoad["byPrimitive"] = {};
  for (const hour of hours) {
    for (const [kind, fires] of Object.entries(hour.byPrimitive)) byPrimitive[kind] = (byPrimitive[kind] ?? 0) + fires;
  }
  return {
    fires: hours.reduce((sum, hour) => sum + hour.fires, 0),
    failed: hours.reduce((sum, hour) => sum + hour.failed, 0),
    byPrimitive,
  };
}

/** The hours of each day. */
export function hoursByDay(hours: readonly HourLoad[]): Map<string, HourLoad[]> {
  const days = new Map<string, HourLoad[]>();
  for (const hour of hours) days.set(dayOf(hour.start), [...(days.get(dayOf(hour.start)) ?? []), hour]);
  return days;
}

export function clockChange(calendar: Calendar, day: string): string | null {
  const change = calendar.clockChanges.find((one) => one.day === day);
  if (!change) return null;
  const minutes = Math.abs(change.shiftMinutes);
  const size = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return `Clocks go ${change.shiftMinutes > 0 ? "forward" : "back"} ${size}`;
}
