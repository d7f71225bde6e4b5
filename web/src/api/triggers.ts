import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { Source } from "./types";

const RECENT = 20;

/** Event names that automations listen to or that arrived recently. */
export const eventsQuery = () =>
  queryOptions({
    queryKey: ["events"] as const,
    queryFn: async ({ signal }) => (await body(api.GET("/api/events", { signal }))).items,
  });

/** Recent deliveries of an endpoint, such as `event:order.created`; without one, of a source. */
export const recentDeliveriesQuery = (source: Source, endpoint: string | null) =>
  queryOptions({
    queryKey: ["deliveries", "recent", source, endpoint] as const,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { source: [source], limit: RECENT, ...(endpoint ? { endpoint: [endpoint] } : {}) };
      return (await body(api.GET("/api/deliveries", { params: { query }, signal }))).items;
    },
  });

export const makeSecret = async () => (await body(api.POST("/api/secrets"))).secret;
