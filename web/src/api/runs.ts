import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import constants from "./constants.json";
import { retryAfter } from "./requests/retry";
import { api, body } from "./client";
import type { components, paths } from "./schema";
import type { RunStatus, SignalRequest } from "./types";

type RunsQuery = NonNullable<paths["/api/runs"]["get"]["parameters"]["query"]>;
export type RunFilters = Omit<RunsQuery, "limit" | "cursor">;

export const runKeys = {
  all: ["runs"] as const,
  list: (filters: RunFilters) => [...runKeys.all, "list", filters] as const,
  // Not a list: what people read does not move while runs come in.
  pages: (filters: RunFilters) => [...runKeys.all, "pages", filters] as const,
  head: (filters: RunFilters) => [...runKeys.all, "list", "head", filters] as const,
  facets: (filters: RunFilters) => [...runKeys.all, "facets", filters] as const,
  latest: (automation: string, limit: number) => [...runKeys.all, "latest", automation, limit] as const,
  queue: (automation: string) => [...runKeys.all, "queue", automation] as const,
  one: (id: string) => [...runKeys.all, id] as const,
  // Not below `one`: a notice about a run must not read its values, or thousands of nodes, again.
  values: (id: string) => ["run-values", id] as const,
  tree: (id: string) => ["run-tree", id] as const,
};

const PAGE = 100;
const OPEN: ReadonlySet<RunStatus> = new Set(constants.openStatuses as RunStatus[]);
const WATCHED_MS = 2000;

export const isOpen = (status: RunStatus) => OPEN.has(status);

export const runsQuery = (filters: RunFilters) =>
  infiniteQueryOptions({
    queryKey: runKeys.list(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => runPage(filters, pageParam, signal),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });

const runPage = (filters: RunFilters, cursor: string | null, signal: AbortSignal) =>
  body(
    api.GET("/api/runs", {
      params: { query: { ...filters, limit: PAGE, ...(cursor ? { cursor } : {}) } },
      signal,
    }),
  );

const PAGES_MS = 30_000;
const FACETS_MS = 15_000;

/** The pages of the list, as they were when they were loaded. */
export const runPagesQuery = (filters: RunFilters) =>
  infiniteQueryOptions({
    queryKey: runKeys.pages(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => runPage(filters, pageParam, signal),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    staleTime: PAGES_MS,
    refetchOnWindowFocus: false,
  });

/** The newest runs of the list as they are now. */
export const runHeadQuery = (filters: RunFilters, enabled: boolean) =>
  queryOptions({
    queryKey: runKeys.head(filters),
    queryFn: ({ signal }) => runPage(filters, null, signal),
    enabled,
    staleTime: PAGES_MS,
  });

/** How many runs have which values, counted every 15 seconds. */
export const runFacetsQuery = (filters: RunFilters) =>
  queryOptions({
    queryKey: runKeys.facets(filters),
    queryFn: ({ signal }) => body(api.GET("/api/runs/facets", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.status === "success" ? FACETS_MS : retryAfter(query)),
  });

/** The latest runs whose turn has come: of a backfill, thousands may be waiting. */
export const latestRunsQuery = (automation: string, limit: number) =>
  queryOptions({
    queryKey: runKeys.latest(automation, limit),
    queryFn: async ({ signal }) =>
      (
        await body(
          api.GET("/api/runs", {
            params: { query: { automation: [automation], limit, rootsOnly: true, held: false } },
            signal,
          }),
        )
      ).items,
  });

/** An open run is polled every two seconds. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: runKeys.one(id),
    queryFn: ({ signal }) => body(api.GET("/api/runs/{run_id}/overview", { params: { path: { run_id: id } }, signal })),
    refetchInterval: (query) =>
      query.state.data && isOpen(query.state.data.status) && query.state.status === "success"
        ? WATCHED_MS
        : retryAfter(query),
  });

/** Input and output; they are read again when the run has ended. */
export const runValuesQuery = (id: string, status: RunStatus) =>
  queryOptions({
    queryKey: [...runKeys.values(id), isOpen(status)] as const,
    queryFn: ({ signal }) => body(api.GET("/api/runs/{run_id}/values", { params: { path: { run_id: id } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });

export interface TreeWindow {
  /** The path of the node whose children these are; null: those at the top. */
  under: string | null;
  /** The number of the window; each has `TREE_WINDOW` nodes. */
  window: number;
  failed: boolean;
}

export const TREE_WINDOW = 200;

/** A part of the tree below a run. Parts that are not watched stay as they were loaded. */
export const runTreeQuery = (id: string, { under, window, failed }: TreeWindow, watched: boolean) =>
  queryOptions({
    queryKey: [...runKeys.tree(id), under, window, failed] as const,
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/runs/{run_id}/tree", {
          params: {
            path: { run_id: id },
            query: {
              offset: window * TREE_WINDOW,
              limit: TREE_WINDOW,
              ...(under === null ? {} : { under }),
              ...(failed ? { status: ["failed" as const] } : {}),
            },
          },
          signal,
        }),
      ),
    staleTime: Infinity,
    refetchInterval: (query) => (watched ? WATCHED_MS : retryAfter(query)),
  });

export const valueUrl = (id: string, value: "input" | "output") => `/api/runs/${id}/${value}`;

export const cancelRun = (id: string, reason = "") =>
  body(api.POST("/api/runs/{run_id}/cancel", { params: { path: { run_id: id } }, body: { reason } }));

export const rerunRun = (id: string) =>
  body(api.POST("/api/runs/{run_id}/rerun", { params: { path: { run_id: id } } }));

export const signalRun = (id: string, request: SignalRequest) =>
  body(api.POST("/api/runs/{run_id}/signal", { params: { path: { run_id: id } }, body: request }));

type CancelFilter = components["schemas"]["CancelRunsRequest"]["filter"];

/** The open runs that a filter selects, which `cancelRuns` then cancels. */
export const cancelRunsPreview = (filter: CancelFilter) =>
  body(api.POST("/api/runs/cancel", { body: { filter, reason: "", dryRun: true } }));

export const cancelRuns = (runIds: readonly string[]) =>
  body(api.POST("/api/runs/cancel", { body: { filter: { runIds: [...runIds] }, reason: "", dryRun: false } }));
