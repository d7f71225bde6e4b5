import type { CalendarEntry, HourLoad } from "@/api/outlook";

import { dayOf } from "../dates";

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

/** The load of each hour; an hour that occurs twice at the end of DST is summed, with the higher concurrency. */
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

/** The sum of several hours. */
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

export function hoursByDay(hours: readonly HourLoad[]): Map<string, HourLoad[]> {
  const days = new Map<string, HourLoad[]>();
  for (const hour of hours) days.set(dayOf(hour.start), [...(days.get(dayOf(hour.start)) ?? []), hour]);
  return days;
}
