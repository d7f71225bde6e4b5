import { type NavigateOptions, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { LiveFilters, Sort } from "@/api/live";
import type { BulkRequest } from "@/api/types";

/** The API's default direction for each sort; only the arrow in the header needs it here. */
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

/** The list's filters: they live in the address and nowhere else, so that Back undoes one choice at a time. */
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

/** The query for the API; equal filters give the same object, so that queries are not repeated. */
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

/** The hour that is selected in the density bar; an address with no valid hour shows everything. */
function hourSpan(hour: string | undefined): Pick<LiveFilters, "startsFrom" | "startsTo"> {
  const start = hour ? Date.parse(hour) : Number.NaN;
  if (Number.isNaN(start)) return {};
  return { startsFrom: new Date(start).toISOString(), startsTo: new Date(start + HOUR_MS).toISOString() };
}

/** The filters as a bulk request for everything they match. */
export function bulkFilter(filters: LiveFilters): NonNullable<BulkRequest["filter"]> {
  const { sort: _, order: __, search, ...rest } = filters;
  return { ...rest, search: search ?? "" };
}

/** A search is sorted by relevance unless another sort is chosen; the whole list by severity. */
export function currentSort({ sort, search }: Pick<ScheduleSearch, "sort" | "search">): Sort | "relevance" {
  return sort ?? (search ? "relevance" : "severity");
}

/** The sort after a click: another column sorts by it, the current one reverses, and reversed twice is the default. */
export function nextSort(
  search: Pick<ScheduleSearch, "sort" | "order" | "search">,
  sort: Sort,
): Pick<ScheduleSearch, "sort" | "order"> {
  if (currentSort(search) !== sort) return { sort, order: undefined };
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
