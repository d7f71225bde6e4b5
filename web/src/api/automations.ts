import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { AutomationDraft, AutomationPatch, BulkRequest, PreviewRequest } from "./types";

export const automationKeys = {
  all: ["automations"] as const,
  one: (name: string) => [...automationKeys.all, name] as const,
  audit: (name: string) => [...automationKeys.all, name, "audit"] as const,
  trend: (name: string, days: number, tz: string) => [...automationKeys.all, name, "trend", days, tz] as const,
};

export const automationQuery = (name: string) =>
  queryOptions({
    queryKey: automationKeys.one(name),
    queryFn: ({ signal }) => body(api.GET("/api/automations/{name}", { params: { path: { name } }, signal })),
  });

const AUDIT_PAGE = 20;

export const auditQuery = (name: string) =>
  infiniteQueryOptions({
    queryKey: automationKeys.audit(name),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/audit", {
          params: { query: { automation: name, limit: AUDIT_PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
  });

/** The automation's results on each of the last days of the zone. */
export const trendQuery = (name: string, days: number, tz: string) =>
  queryOptions({
    queryKey: automationKeys.trend(name, days, tz),
    queryFn: ({ signal }) =>
      body(api.GET("/api/automations/{name}/trend", { params: { path: { name }, query: { days, tz } }, signal })),
    placeholderData: keepPreviousData,
  });

export const whyQuery = (name: string, asked: { at: string } | { from: string; to: string }) =>
  queryOptions({
    queryKey: [...automationKeys.all, name, "why", asked] as const,
    queryFn: ({ signal }) =>
      body(api.GET("/api/automations/{name}/why", { params: { path: { name }, query: asked }, signal })),
  });

/** The preview of a draft, complete or not; requested again when the draft changes. */
export const previewQuery = (draft: PreviewRequest) =>
  queryOptions({
    // A key of its own, so that live changes do not refetch previews.
    queryKey: ["preview", draft] as const,
    queryFn: ({ signal }) => body(api.POST("/api/automations/preview", { body: draft, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });

export const createAutomation = (draft: AutomationDraft) => body(api.POST("/api/automations", { body: draft }));

export const changeAutomation = (name: string, patch: AutomationPatch, revision: number) =>
  body(
    api.PATCH("/api/automations/{name}", {
      params: { path: { name }, header: { "if-match": `"${revision}"` } },
      body: patch,
    }),
  );

export const pauseAutomation = (name: string, reason = "", until?: string) =>
  body(
    api.POST("/api/automations/{name}/pause", {
      params: { path: { name } },
      body: { reason, ...(until ? { until } : {}) },
    }),
  );

export const resumeAutomation = (name: string) =>
  body(api.POST("/api/automations/{name}/resume", { params: { path: { name } } }));

export const archiveAutomation = (name: string) =>
  body(api.POST("/api/automations/{name}/archive", { params: { path: { name } } }));

export const restoreAutomation = (name: string) =>
  body(api.POST("/api/automations/{name}/restore", { params: { path: { name } } }));

/** The dry run of a bulk request. Live changes do not refetch it, so that the numbers stay while the dialog is open. */
export const bulkDryRunQuery = (request: BulkRequest) =>
  queryOptions({
    queryKey: ["bulk", request] as const,
    queryFn: ({ signal }) => body(api.POST("/api/automations/bulk", { body: { ...request, dryRun: true }, signal })),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });

export const bulk = (request: BulkRequest) => body(api.POST("/api/automations/bulk", { body: request }));

export const fireAutomation = (name: string, payload?: unknown, force = false) =>
  body(
    api.POST("/api/automations/{name}/fire", {
      params: { path: { name } },
      body: { ...(payload === undefined ? {} : { payload: payload as never }), force },
    }),
  );
