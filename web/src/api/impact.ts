import { queryOptions } from "@tanstack/react-query";

import { automationKeys } from "./automations";
import { api, body } from "./client";
import { primitiveKeys } from "./primitives";
import type { Kind } from "./types";

export type ImpactAction = "pause" | "archive" | "disable";

/** Asked anew whenever somebody is about to change something, but once for the question and its dialog. */
const FRESH = { staleTime: 3000 } as const;

/** What pausing (until a given time) or archiving an automation would touch. */
export const impactQuery = (slug: string, action: ImpactAction, until?: string) =>
  queryOptions({
    queryKey: [...automationKeys.all, slug, "impact", action, until] as const,
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/automations/{name}/impact", {
          params: { path: { name: slug }, query: { action, ...(until ? { until } : {}) } },
          signal,
        }),
      ),
    ...FRESH,
  });

/** What disabling a primitive would touch. */
export const primitiveImpactQuery = (kind: Kind, slug: string) =>
  queryOptions({
    queryKey: [...primitiveKeys.one(kind, slug), "impact"] as const,
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/primitives/{name}/impact", {
          params: { path: { name: slug }, query: { kind, action: "disable" } },
          signal,
        }),
      ),
    ...FRESH,
  });
