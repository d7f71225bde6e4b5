import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { automationKeys } from "./automations";
import { api, body } from "./client";
import { retryAfter } from "./requests/retry";
import type { DependencyDraft, FireWhen } from "./types";

/** Below the automations' keys, so that a change of an automation refetches them as well. */
export const dependencyKeys = {
  of: (slug: string) => [...automationKeys.all, slug, "dependencies"] as const,
  graphs: ["dependency-graph"] as const,
};

const MOST = 200;
/** The stream tells of automations, and not of the graph. */
const CHANGES_MS = 10_000;
const changesAfter = (query: Parameters<typeof retryAfter>[0]) => retryAfter(query) || CHANGES_MS;

/** The dependencies of an automation, in both directions. */
export const dependenciesQuery = (slug: string) =>
  queryOptions({
    queryKey: dependencyKeys.of(slug),
    queryFn: async ({ signal }) =>
      (await body(api.GET("/api/dependencies", { params: { query: { automation: slug, limit: MOST } }, signal })))
        .items,
  });

/** What depends on what: around one automation, or everything. */
export const dependencyGraphQuery = (asked: { automation?: string; structure?: boolean }) =>
  queryOptions({
    queryKey: [...dependencyKeys.graphs, asked] as const,
    refetchInterval: changesAfter,
    queryFn: ({ signal }) => body(api.GET("/api/dependencies/graph", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });

export const addDependency = (draft: DependencyDraft) => body(api.POST("/api/dependencies", { body: draft }));

interface DependencyPatch {
  fireWhen: FireWhen | null;
  passPayload: boolean;
  note: string;
}

export const changeDependency = (id: string, patch: DependencyPatch) =>
  body(
    api.PATCH("/api/dependencies/{dependency_id}", { params: { path: { dependency_id: id } }, body: patch as never }),
  );

export const removeDependency = (id: string) =>
  api.DELETE("/api/dependencies/{dependency_id}", { params: { path: { dependency_id: id } } });
