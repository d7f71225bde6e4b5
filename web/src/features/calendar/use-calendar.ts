import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { type Calendar, calendarQuery } from "@/api/outlook";
import { useNarrow } from "@/lib/narrow";
import { useZone } from "@/lib/preferences";

import { rangeOf, type View } from "./dates";

/** More entries render too slowly and are not readable: beyond this each hour shows a count. */
export const MOST_ENTRIES = 4000;

const NARROW_PX = 768;

/** The default view: seven columns do not fit on a phone. */
export const useDefaultView = (): View => (useNarrow(NARROW_PX) ? "day" : "week");

export function useCalendarSearch() {
  const search = useSearch({ from: "/calendar" });
  const navigate = useNavigate({ from: "/calendar" });
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false });
  return [search, change] as const;
}

/** The entries of some days with the filters in the address; expanded automations have one entry per fire. */
export function useCalendar(days: readonly string[]) {
  const [search] = useCalendarSearch();
  const zone = useZone();
  const automations = split(search.automations);
  const agents = split(search.agents);
  const expanded = split(search.expand);
  const range = { ...rangeOf(days), tz: zone };
  const query = useQuery(
    calendarQuery({
      ...range,
      compress: true,
      limit: MOST_ENTRIES,
      ...(search.primitive?.length ? { primitive: search.primitive } : {}),
      ...(automations.length ? { automation: automations } : {}),
      ...(agents.length ? { agent: agents } : {}),
    }),
  );
  const singles = useQueries({
    queries: expanded.map((id) => calendarQuery({ ...range, automation: [id], compress: false })),
  });
  const loaded = singles.flatMap((one) => (one.data ? [one.data] : []));
  return { query, calendar: merge(query.data, expanded, loaded), automations, agents, expanded };
}

const split = (text: string | undefined) => text?.split(",").filter(Boolean) ?? [];

/** Replaces the daily entry of each expanded automation by its single fires. */
function merge(calendar: Calendar | undefined, expanded: string[], singles: Calendar[]): Calendar | undefined {
  if (!calendar || singles.length === 0) return calendar;
  const kept = calendar.entries.filter((entry) => !expanded.includes(entry.automationId));
  const entries = [...kept, ...singles.flatMap((one) => one.entries)];
  return { ...calendar, entries: entries.toSorted((one, other) => one.at.localeCompare(other.at)) };
}
