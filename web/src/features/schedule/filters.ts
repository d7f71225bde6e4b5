import { type NavigateOptions, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { LiveFilters, Sort } from "@/api/live";
import type { BulkRequest } from "@/api/types";

/** Which way the API reads an order unless it is told otherwise; only the arrow in the header needs it. */
export const NATURAL: Record<Sort, "asc" | "desc"> = {
  severity: "desc",
  name: "asc",
  runs: "desc",
  success: "asc",
  lastRun: "desc",
  nextRun: "asc",
  cost: "desc",
};

export type ScheduleSearch = ReturnType<typeof useScheduleSearch>[0];

/** The list's filters: they live in the address and nowhere else, and each choice is one step of Back. */
export function useScheduleSearch() {
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const change = useCallback(
    (part: Partial<typeof search>, how: Pick<NavigateOptions, "replace" | "state"> = {}) =>
      void navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false, ...how }),
    [navigate],
  );
  return [search, change] as const;
}

/** What the API is asked for; equal filters give the same object, so that queries do not start anew. */
export function useLiveFilters(search: ScheduleSearch): LiveFilters {
  const { search: text, primitive, type, severity, state, archived, window, hour, sort, order } = search;
  const key = JSON.stringify({
    search: text,
    primitive,
    type,
    severity,
    state,
    archived: archived && [true],
    window,
    ...hourSpan(hour),
    sort,
    order,
  });
  return useMemo(() => JSON.parse(key) as LiveFilters, [key]);
}

const HOUR_MS = 3_600_000;

/** The span of an hour of the load bar; an address that names none shows everything. */
function hourSpan(hour: string | undefined): Pick<LiveFilters, "startsFrom" | "startsTo"> {
  const start = hour ? Date.parse(hour) : Number.NaN;
  if (Number.isNaN(start)) return {};
  return { startsFrom: new Date(start).toISOString(), startsTo: new Date(start + HOUR_MS).toISOString() };
}

/** The same filters as a request for all that they show. */
export function bulkFilter(filters: LiveFilters): NonNullable<BulkRequest["filter"]> {
  const { sort: _, order: __, search, ...rest } = filters;
  return { ...rest, search: search ?? "" };
}

export function nextSort(search: ScheduleSearch, sort: Sort): Pick<ScheduleSearch, "sort" | "order"> {
  if ((search.sort ?? "severity") !== sort) return { sort, order: undefined };
  const turned = NATURAL[sort] === "asc" ? "desc" : "asc";
  return search.order === turned ? { sort: undefined, order: undefined } : { sort, order: turned };
}

export function isFiltered(search: ScheduleSearch): boolean {
  const { search: text, primitive, type, severity, state, archived, hour } = search;
  return Boolean(text || primitive?.length || type?.length || severity?.length || state?.length || archived || hour);
}

export const NO_FILTERS = {
  search: undefined,
  primitive: undefined,
  type: undefined,
  severity: undefined,
  state: undefined,
  archived: undefined,
  hour: undefined,
} as const;
