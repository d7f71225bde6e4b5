import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { Source } from "./types";

const RECENT = 20;

/** The events that automations wait for or that have arrived lately. */
export const eventsQuery = () =>
  queryOptions({
    queryKey: ["events"] as const,
    queryFn: async ({ signal }) => (await body(api.GET("/api/events", { signal }))).items,
  });

/** What arrived lately at a place, such as `event:order.created`; without one, all of a source. */
export const deliveriesQuery = (source: Source, endpoint: string | null) =>
  queryOptions({
    queryKey: ["deliveries", source, endpoint] as const,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { source, limit: RECENT, ...(endpoint ? { endpoint } : {}) };
      return (await body(api.GET("/api/deliveries", { params: { query }, signal }))).items;
    },
  });

export const makeSecret = async () => (await body(api.POST("/api/secrets"))).secret;
