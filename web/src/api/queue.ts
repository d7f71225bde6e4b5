import { queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { runKeys } from "./runs";
import type { QueueSelection } from "./types";

export type QueueAction = "release" | "clear";

export const queueQuery = (name: string) =>
  queryOptions({
    queryKey: runKeys.queue(name),
    queryFn: ({ signal }) => body(api.GET("/api/automations/{name}/queue", { params: { path: { name } }, signal })),
  });

/** How many runs an action would change. Live changes do not refetch it, so that the number stays while it is confirmed. */
export const queueDryRunQuery = (name: string, action: QueueAction, selection: QueueSelection) =>
  queryOptions({
    queryKey: ["queue", name, action, selection] as const,
    queryFn: () => changeQueue(name, action, { ...selection, dryRun: true }),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });

export const changeQueue = (name: string, action: QueueAction, selection: QueueSelection) =>
  body(
    action === "release"
      ? api.POST("/api/automations/{name}/queue/release", { params: { path: { name } }, body: selection })
      : api.POST("/api/automations/{name}/queue/clear", { params: { path: { name } }, body: selection }),
  );
