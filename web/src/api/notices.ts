import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { retryAfter } from "./requests/retry";

export const noticeKeys = {
  all: ["notices"] as const,
  latest: () => [...noticeKeys.all, "latest"] as const,
};

const LATEST = 50;

/** The latest notices, and how many nobody has seen. */
export const latestNoticesQuery = () =>
  queryOptions({
    queryKey: noticeKeys.latest(),
    queryFn: ({ signal }) => body(api.GET("/api/notices", { params: { query: { limit: LATEST } }, signal })),
    refetchInterval: (query) => retryAfter(query),
  });

export const seeNotice = (id: string) =>
  body(api.POST("/api/notices/{notice_id}/seen", { params: { path: { notice_id: id } } }));

export const seeNoticesUntil = (until: string) => body(api.POST("/api/notices/seen", { body: { until } }));
