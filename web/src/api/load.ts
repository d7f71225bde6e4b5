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

export const loadKeys = {
  all: ["load"] as const,
  density: (query: DensityQuery) => [...loadKeys.all, "density", query] as const,
  calendar: (query: CalendarQuery) => [...loadKeys.all, "calendar", query] as const,
};

export const densityQuery = (query: DensityQuery) =>
  queryOptions({
    queryKey: loadKeys.density(query),
    queryFn: ({ signal }) => body(api.GET("/api/live/density", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });

export const calendarQuery = (query: CalendarQuery) =>
  queryOptions({
    queryKey: loadKeys.calendar(query),
    queryFn: ({ signal }) => body(api.GET("/api/live/calendar", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
