import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";

type ErrorsParams = NonNullable<paths["/api/errors"]["get"]["parameters"]["query"]>;
export type ErrorsFilters = Omit<ErrorsParams, "limit" | "offset" | "from" | "to">;

export const errorKeys = { all: ["errors"] as const };

const PAGE = 200;
const REFRESH_MS = 30_000;
const HOUR_MS = 3_600_000;

const since = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

/** Groups of errors within the last so many hours. */
export const errorsQuery = (hours: number, filters: ErrorsFilters) =>
  queryOptions({
    queryKey: [...errorKeys.all, hours, filters] as const,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) =>
      body(api.GET("/api/errors", { params: { query: { ...filters, from: since(hours), limit: PAGE } }, signal })),
  });

export const errorQuery = (key: string, hours: number) =>
  queryOptions({
    queryKey: [...errorKeys.all, key, hours] as const,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) =>
      body(api.GET("/api/errors/{key}", { params: { path: { key }, query: { from: since(hours) } }, signal })),
  });

export const resolveError = (key: string) =>
  body(api.POST("/api/errors/{key}/resolve", { params: { path: { key } }, body: { reason: "" } }));

export const reopenError = (key: string) =>
  body(api.POST("/api/errors/{key}/reopen", { params: { path: { key } }, body: { reason: "" } }));

/** Ignores a group for so many hours, up to so many further runs, or, without both, until it is opened again. */
export const ignoreError = (key: string, { hours, runs }: { hours?: number; runs?: number }) =>
  body(
    api.POST("/api/errors/{key}/ignore", {
      params: { path: { key } },
      body: { reason: "", ...(hours ? { until: since(-hours) } : {}), ...(runs ? { runs } : {}) },
    }),
  );
