import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";
import type { Automation, LiveSummary } from "./types";

type LiveQuery = NonNullable<paths["/api/live/automations"]["get"]["parameters"]["query"]>;
export type LiveFilters = Omit<LiveQuery, "limit" | "cursor" | "offset">;
export type Sort = NonNullable<LiveQuery["sort"]>;

/** What the list can be sorted by; the type check holds it to the API's own words. */
export const SORTS = ["severity", "name", "runs", "success", "lastRun", "nextRun", "cost"] as const satisfies Sort[];

export const liveKeys = {
  all: ["live"] as const,
  lists: ["live", "list"] as const,
  list: (filters: LiveFilters, slice: Slice) => [...liveKeys.lists, filters, slice] as const,
  summary: (filters: LiveFilters) => [...liveKeys.all, "summary", filters] as const,
};

/** A part of the list: so many rows from a place on. */
export interface Slice {
  start: number;
  size: number;
}

/** A part of the list as it was answered: of which list, from which place on. */
export interface LivePart {
  of: string;
  start: number;
  automations: Automation[];
  summary: LiveSummary;
}

/** What is first seen. */
export const BEGINNING: Slice = { start: 0, size: 100 };
/** Slices that are not looked at are not fetched anew, and soon forgotten. */
const KEPT_MS = 60_000;

/** A word that tells a list from others, whichever part of it. */
export const listName = (filters: LiveFilters) => JSON.stringify(filters);

/** A part of the list as it is at one moment: no row is in it twice, and none between two of them is missing. */
export const liveListQuery = (filters: LiveFilters, slice: Slice = BEGINNING) =>
  queryOptions({
    queryKey: liveKeys.list(filters, slice),
    queryFn: async ({ signal }): Promise<LivePart> => {
      const query = { ...filters, limit: slice.size, offset: slice.start };
      const page = await body(api.GET("/api/live/automations", { params: { query }, signal }));
      return { of: listName(filters), start: slice.start, automations: page.automations, summary: page.summary };
    },
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** The summary of what the filters let through, with as little of the list as the API gives. */
export const liveSummaryQuery = (filters: LiveFilters) =>
  queryOptions({
    queryKey: liveKeys.summary(filters),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/live/automations", { params: { query: { ...filters, limit: 1 } }, signal }))).summary,
    placeholderData: keepPreviousData,
  });
