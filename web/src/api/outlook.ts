import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { components, paths } from "./schema";

type DensityQuery = NonNullable<paths["/api/live/density"]["get"]["parameters"]["query"]>;
type CalendarQuery = NonNullable<paths["/api/live/calendar"]["get"]["parameters"]["query"]>;
export type Density = components["schemas"]["Density"];
export type Slot = components["schemas"]["DensitySlot"];
export type Calendar = components["schemas"]["Calendar"];
export type CalendarEntry = components["schemas"]["CalendarEntry"];
export type HourLoad = components["schemas"]["HourLoad"];

export const outlookKeys = {
  all: ["outlook"] as const,
  density: (query: DensityQuery) => [...outlookKeys.all, "density", query] as const,
  next: (automation: string, tz: string) => [...outlookKeys.all, "next", automation, tz] as const,
  calendar: (query: CalendarQuery) => [...outlookKeys.all, "calendar", query] as const,
};

export const densityQuery = (query: DensityQuery) =>
  queryOptions({
    queryKey: outlookKeys.density(query),
    queryFn: ({ signal }) => body(api.GET("/api/live/density", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

export const calendarQuery = (query: CalendarQuery) =>
  queryOptions({
    queryKey: outlookKeys.calendar(query),
    queryFn: ({ signal }) => body(api.GET("/api/live/calendar", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

const HOUR_MS = 3_600_000;
/** The calendar returns every fire, so an automation that fires every minute is queried for hours only, not for a month. */
const LOOKED_AHEAD_MS = [2 * HOUR_MS, 48 * HOUR_MS, 31 * 24 * HOUR_MS] as const;

/** The next fires of one automation within a month, at most `wanted`. */
export const nextFiresQuery = (automation: string, tz: string, wanted: number) =>
  queryOptions({
    queryKey: outlookKeys.next(automation, tz),
    queryFn: async ({ signal }) => {
      const now = Date.now();
      let found: string[] = [];
      for (const ahead of LOOKED_AHEAD_MS) {
        const query = { automation: [automation], from: iso(now), to: iso(now + ahead), tz, compress: false };
        const { entries } = await body(api.GET("/api/live/calendar", { params: { query }, signal }));
        found = entries.filter((entry) => !entry.runId).map((entry) => entry.at);
        if (found.length >= wanted) break;
      }
      return found.slice(0, wanted);
    },
  });

const iso = (at: number) => new Date(at).toISOString();
