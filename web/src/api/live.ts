import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";

type LiveQuery = NonNullable<paths["/api/live/automations"]["get"]["parameters"]["query"]>;
export type LiveFilters = Omit<LiveQuery, "limit" | "cursor">;
export type Sort = NonNullable<LiveQuery["sort"]>;

/** What the list can be sorted by; the type check holds it to the API's own words. */
export const SORTS = ["severity", "name", "runs", "success", "lastRun", "nextRun", "cost"] as const satisfies Sort[];

export const liveKeys = {
  all: ["live"] as const,
  list: (filters: LiveFilters) => [...liveKeys.all, "list", filters] as const,
  summary: (filters: LiveFilters) => [...liveKeys.all, "summary", filters] as const,
};

/** What is first seen comes at once; who goes on reading gets more at a time. */
const FIRST_PAGE = 100;
const PAGE = 1000;

export const liveListQuery = (filters: LiveFilters) =>
  infiniteQueryOptions({
    queryKey: liveKeys.list(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/live/automations", {
          params: { query: { ...filters, limit: pageParam ? PAGE : FIRST_PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
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
