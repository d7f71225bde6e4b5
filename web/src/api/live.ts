import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";
import type { AutomationState, Kind, Severity, Source } from "./types";

type LiveQuery = NonNullable<paths["/api/live/automations"]["get"]["parameters"]["query"]>;

export const SORTS = ["severity", "name", "runs", "success", "lastRun", "nextRun", "cost"] as const;
export type Sort = (typeof SORTS)[number];

export interface LiveFilters {
  search?: string;
  primitive?: Kind[];
  type?: Source[];
  severity?: Severity[];
  state?: AutomationState[];
  agent?: string;
  archived?: boolean;
  window?: "recent" | "all";
  sort?: Sort;
  order?: "asc" | "desc";
}

export const liveKeys = {
  all: ["live"] as const,
  list: (filters: LiveFilters) => [...liveKeys.all, "list", filters] as const,
  summary: (filters: LiveFilters) => [...liveKeys.all, "summary", filters] as const,
};

const PAGE = 200;

export const liveListQuery = (filters: LiveFilters) =>
  infiniteQueryOptions({
    queryKey: liveKeys.list(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/live/automations", {
          params: { query: { ...filters, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } as LiveQuery },
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
      (await body(api.GET("/api/live/automations", { params: { query: { ...filters, limit: 1 } as LiveQuery }, signal }))).summary,
    placeholderData: keepPreviousData,
  });
