import type { Calendar } from "@/api/outlook";
import { FIRST_DAY, isCalendarDay, LAST_DAY } from "@/lib/search-params";
import { addDays, dayOfMonth, dayOfWeek, longDay, monthName } from "@/lib/time/time";

export type View = "month" | "week" | "day";

const DAYS_SHOWN: Record<View, number> = { month: 42, week: 7, day: 1 };

/** The days of a view: a week is seven days from `day` on; a month is filled up to whole weeks from Monday. */
export function daysOf(view: View, day: string): string[] {
  const firstOfMonth = `${day.slice(0, 7)}-01`;
  const first = view === "month" ? addDays(firstOfMonth, -dayOfWeek(firstOfMonth)) : day;
  return Array.from({ length: DAYS_SHOWN[view] }, (_, index) => addDays(first, index));
}

export function step(view: View, day: string, by: 1 | -1): string {
  if (view === "day") return addDays(day, by);
  if (view === "week") return addDays(day, 7 * by);
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10);
}

/** The span to query for these days, without those beyond the ends of the calendar. */
export function rangeOf(days: readonly string[]): { from: string; to: string } {
  const asked = days.filter(isCalendarDay);
  const [first, last] = [asked[0] ?? FIRST_DAY, asked.at(-1) ?? LAST_DAY];
  return { from: first, to: last === LAST_DAY ? `${LAST_DAY}T23:59:59` : addDays(last, 1) };
}

/** The heading: "Sunday, 29 November 2026", "29 Nov to 5 Dec 2026" or "November 2026". */
export function titleOf(view: View, day: string, days: readonly string[]): string {
  if (view === "day") return longDay(day);
  if (view === "month") return monthName(day);
  const last = days.at(-1) ?? day;
  const year = day.slice(0, 4) === last.slice(0, 4) ? "" : ` ${day.slice(0, 4)}`;
  return `${dayOfMonth(day)}${year} to ${dayOfMonth(last)} ${last.slice(0, 4)}`;
}

/** The message at an end of the calendar; null if there are days before and after. */
export function endOf(view: View, day: string): string | null {
  if (!isCalendarDay(step(view, day, 1))) return `The calendar ends in ${LAST_DAY.slice(0, 4)}.`;
  if (!isCalendarDay(step(view, day, -1))) return `The calendar starts in ${FIRST_DAY.slice(0, 4)}.`;
  return null;
}

export const dayOf = (at: string) => at.slice(0, 10);
export const hourOf = (at: string) => Number(at.slice(11, 13));

export function clockChange(calendar: Calendar, day: string): string | null {
  const change = calendar.clockChanges.find((one) => one.day === day);
  if (!change) return null;
  const minutes = Math.abs(change.shiftMinutes);
  const size = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return `Clocks go ${change.shiftMinutes > 0 ? "forward" : "back"} ${size}`;
}
