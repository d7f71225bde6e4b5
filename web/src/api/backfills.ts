import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import { runKeys } from "./runs";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Backfill = Schemas["BackfillView"];
export type BackfillKind = Schemas["BackfillKind"];
export type BackfillPlan = Schemas["BackfillPlan"];
export type BackfillItem = Schemas["BackfillItem"];
export type BackfillStatus = Schemas["BackfillStatus"];
export type BackfillRequest = Schemas["BackfillRequest"];
export type RerunRequest = Schemas["RerunRequest"];
export type RerunFilter = Schemas["RerunFilter-Input"];
export type Again = Schemas["Again"];
export type LeftOut = Schemas["LeftOut"];
export type BackfillAction = "pause" | "resume" | "cancel";

/** What is started with: due times of an automation, or selected runs. */
export type Wanted =
  | { automation: string; request: Omit<BackfillRequest, "dryRun" | "token"> }
  | { automation: null; request: Omit<RerunRequest, "dryRun" | "token"> };

/** Under the runs, so that what changes runs refetches them. */
export const backfillKeys = {
  all: [...runKeys.all, "backfills"] as const,
  list: (automation: string | undefined, limit: number) => [...backfillKeys.all, automation ?? null, limit] as const,
};

const WATCHED_MS = 2000;
const PAGE = 50;

export const isOpen = ({ finishedAt }: Backfill) => finishedAt === null;

const page = (automation: string | undefined, limit: number, cursor: string | null, signal: AbortSignal) =>
  body(
    api.GET("/api/backfills", {
      params: { query: { limit, ...(automation ? { automation } : {}), ...(cursor ? { cursor } : {}) } },
      signal,
    }),
  );

/** All backfills, newest first; polled while one is open. */
export const backfillsQuery = () =>
  infiniteQueryOptions({
    queryKey: backfillKeys.list(undefined, PAGE),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => page(undefined, PAGE, pageParam, signal),
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some(isOpen)) ? WATCHED_MS : false),
  });

/** The newest backfills of an automation. */
export const backfillsOfQuery = (automation: string, limit: number) =>
  queryOptions({
    queryKey: backfillKeys.list(automation, limit),
    queryFn: async ({ signal }) => (await page(automation, limit, null, signal)).items,
    refetchInterval: ({ state }) => (state.data?.some(isOpen) ? WATCHED_MS : false),
  });

/** What would run. Live changes do not make a new one, so that it stays while somebody looks at it. */
export const backfillPlanQuery = (wanted: Wanted | undefined) =>
  queryOptions({
    queryKey: ["backfill-plan", wanted] as const,
    queryFn: () => send(wanted as Wanted, { dryRun: true }),
    enabled: wanted !== undefined,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });

export const startBackfill = (wanted: Wanted, token: string) => send(wanted, { token });

const send = (wanted: Wanted, more: { dryRun: true } | { token: string }) =>
  wanted.automation === null
    ? body(api.POST("/api/runs/rerun", { body: { ...wanted.request, ...more } }))
    : body(
        api.POST("/api/automations/{name}/backfill", {
          params: { path: { name: wanted.automation } },
          body: { ...wanted.request, ...more },
        }),
      );

export const changeBackfill = (id: string, action: BackfillAction) => {
  const params = { path: { backfill_id: id } };
  if (action === "pause") return body(api.POST("/api/backfills/{backfill_id}/pause", { params }));
  if (action === "resume") return body(api.POST("/api/backfills/{backfill_id}/resume", { params }));
  return body(api.POST("/api/backfills/{backfill_id}/cancel", { params }));
};

export const limitBackfill = (id: string, limit: number) =>
  body(api.PATCH("/api/backfills/{backfill_id}", { params: { path: { backfill_id: id } }, body: { limit } }));
