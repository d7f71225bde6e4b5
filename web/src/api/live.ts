import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";
import type { Automation, LiveSummary } from "./types";

type LiveQuery = NonNullable<paths["/api/live/automations"]["get"]["parameters"]["query"]>;
export type LiveFilters = Omit<LiveQuery, "limit" | "cursor" | "offset">;
export type Sort = NonNullable<LiveQuery["sort"]>;

/** The sort keys of the list; the type check compares them with the API's. */
export const SORTS = ["severity", "name", "runs", "success", "lastRun", "nextRun", "cost"] as const satisfies Sort[];

export const liveKeys = {
  all: ["live"] as const,
  lists: ["live", "list"] as const,
  list: (filters: LiveFilters, slice: Slice) => [...liveKeys.lists, filters, slice] as const,
  summary: (filters: LiveFilters) => [...liveKeys.all, "summary", filters] as const,
};

/** A slice of the list: `size` rows from `start` on. */
export interface Slice {
  start: number;
  size: number;
}

/** The rows of a slice; `name` identifies the list. */
export interface LivePart {
  name: string;
  start: number;
  automations: Automation[];
  summary: LiveSummary;
}

/** The first slice. */
export const BEGINNING: Slice = { start: 0, size: 100 };
/** Slices that are not on the screen are not refetched, and dropped soon. */
const KEPT_MS = 60_000;

/** Identifies a list, whatever the slice. */
export const listName = (filters: LiveFilters) => JSON.stringify(filters);

/** A slice of the list at one moment, without duplicates or gaps. */
export const liveListQuery = (filters: LiveFilters, slice: Slice = BEGINNING) =>
  queryOptions({
    queryKey: liveKeys.list(filters, slice),
    queryFn: async ({ signal }): Promise<LivePart> => {
      const query = { ...filters, limit: slice.size, offset: slice.start };
      const page = await body(api.GET("/api/live/automations", { params: { query }, signal }));
      return { name: listName(filters), start: slice.start, automations: page.automations, summary: page.summary };
    },
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });

/** The summary of what matches the filters, with the smallest page of the list that the API returns. */
export const liveSummaryQuery = (filters: LiveFilters) =>
  queryOptions({
    queryKey: liveKeys.summary(filters),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/live/automations", { params: { query: { ...filters, limit: 1 } }, signal }))).summary,
    placeholderData: keepPreviousData,
  });
