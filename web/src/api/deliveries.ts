import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { retryAfter } from "./requests/retry";
import { isOpen } from "./runs";
import type { paths } from "./schema";

type DeliveriesQuery = NonNullable<paths["/api/deliveries"]["get"]["parameters"]["query"]>;
export type DeliveryFilters = Omit<DeliveriesQuery, "limit" | "cursor">;

export const deliveryKeys = {
  all: ["deliveries"] as const,
  list: (filters: DeliveryFilters) => [...deliveryKeys.all, "list", filters] as const,
  facets: (filters: DeliveryFilters) => [...deliveryKeys.all, "facets", filters] as const,
  refused: () => [...deliveryKeys.all, "refused"] as const,
  one: (id: string) => [...deliveryKeys.all, "one", id] as const,
};

const PAGE = 100;
const WATCHED_MS = 3000;
const COUNTED_MS = 15_000;

export const deliveriesQuery = (filters: DeliveryFilters) =>
  infiniteQueryOptions({
    queryKey: deliveryKeys.list(filters),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/deliveries", {
          params: { query: { ...filters, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });

/** Counts are read every 15 seconds while they are visible, not at every delivery. */
export const deliveryFacetsQuery = (filters: DeliveryFilters) =>
  queryOptions({
    queryKey: deliveryKeys.facets(filters),
    queryFn: ({ signal }) => body(api.GET("/api/deliveries/facets", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: COUNTED_MS,
  });

export const refusedQuery = () =>
  queryOptions({
    queryKey: deliveryKeys.refused(),
    queryFn: async ({ signal }) => (await body(api.GET("/api/deliveries/refused", { signal }))).items,
  });

/** A delivery is polled while one of its runs is open. */
export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: deliveryKeys.one(id),
    queryFn: ({ signal }) =>
      body(api.GET("/api/deliveries/{delivery_id}", { params: { path: { delivery_id: id } }, signal })),
    refetchInterval: (query) =>
      query.state.data?.runs.some((run) => isOpen(run.status)) && query.state.status === "success"
        ? WATCHED_MS
        : retryAfter(query),
  });

export const replayDelivery = (id: string) =>
  body(api.POST("/api/deliveries/{delivery_id}/replay", { params: { path: { delivery_id: id } } }));
