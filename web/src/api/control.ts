import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { type Asked, retryAfter } from "./requests/retry";

export const controlKeys = {
  all: ["control"] as const,
  now: (tz: string) => [...controlKeys.all, tz] as const,
};

export const CONTROL_EVERY_MS = 10_000;

/** The verdict on everything. The browser asks with the ETag of the last answer, and reads that again if it still holds. */
export const controlQuery = (tz: string) =>
  queryOptions({
    queryKey: controlKeys.now(tz),
    queryFn: ({ signal }) => body(api.GET("/api/live/control", { params: { query: { tz } }, signal })),
    refetchInterval: (query: Asked) => retryAfter(query) || CONTROL_EVERY_MS,
  });
