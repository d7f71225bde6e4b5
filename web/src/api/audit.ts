import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";

import { api, body } from "./client";
import type { paths } from "./schema";

type AuditParams = NonNullable<paths["/api/audit"]["get"]["parameters"]["query"]>;
export type AuditFilters = Omit<AuditParams, "limit" | "cursor">;

const PAGE = 50;

export const activityQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ["audit", filters] as const,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/audit", {
          params: { query: { ...filters, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
