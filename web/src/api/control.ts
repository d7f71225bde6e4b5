import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { retryAfter } from "./requests/retry";

export const controlKeys = {
  all: ["control"] as const,
  now: (tz: string) => [...controlKeys.all, tz] as const,
  entities: ["control-entities"] as const,
  history: (tz: string) => ["control-history", tz] as const,
};

/** What changes slowly. */
export const HISTORY_EVERY_MS = 60_000;
export const CONTROL_EVERY_MS = 10_000;

/** The verdict on everything. The browser asks with the ETag of the last answer, and reads that again if it still holds. */
export const controlQuery = (tz: string) =>
  queryOptions({
    queryKey: controlKeys.now(tz),
    queryFn: ({ signal }) => body(api.GET("/api/live/control", { params: { query: { tz } }, signal })),
    refetchInterval: (query) => retryAfter(query) || CONTROL_EVERY_MS,
  });

/** The last seven days by hour, beside what is usual. */
export const controlHistoryQuery = (tz: string) =>
  queryOptions({
    queryKey: controlKeys.history(tz),
    queryFn: ({ signal }) => body(api.GET("/api/live/control/history", { params: { query: { tz } }, signal })),
    refetchInterval: (query) => retryAfter(query) || HISTORY_EVERY_MS,
    staleTime: HISTORY_EVERY_MS / 2,
  });

/** Who contributes most to the last day, and which agents people had to help. */
export const controlEntitiesQuery = () =>
  queryOptions({
    queryKey: controlKeys.entities,
    queryFn: ({ signal }) => body(api.GET("/api/live/control/entities", { signal })),
    refetchInterval: (query) => retryAfter(query) || HISTORY_EVERY_MS,
    staleTime: HISTORY_EVERY_MS / 2,
  });
