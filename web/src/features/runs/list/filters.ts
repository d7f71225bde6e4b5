import type { RunFilters } from "@/api/runs";
import type { Kind, RunSource, RunStatus } from "@/api/types";

/** The filters as the address has them. */
export interface RunSearch {
  q?: string | undefined;
  kind?: Kind[] | undefined;
  status?: (RunStatus | "open" | "ended")[] | undefined;
  source?: RunSource[] | undefined;
  automation?: string | undefined;
  primitive?: string[] | undefined;
  error?: string[] | undefined;
  reason?: string | undefined;
  delivery?: string | undefined;
  intervened?: true | undefined;
  held?: true | undefined;
  backfill?: string | undefined;
  children?: true | undefined;
  longest?: keyof typeof LONGEST | undefined;
  dearest?: (typeof DEAREST)[number] | undefined;
  last?: keyof typeof LAST | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At least so long. */
export const LONGEST = { "1s": SECOND, "10s": 10 * SECOND, "1m": MINUTE, "10m": 10 * MINUTE, "1h": HOUR } as const;
/** At least so many dollars. */
export const DEAREST = ["0.01", "0.1", "1", "10"] as const;
export const LAST = { "1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY } as const;

/** The filters as the API takes them; a relative time begins at a whole minute, so that it is asked for once. */
export function filtersOf(search: RunSearch, now: number): RunFilters {
  const { q, kind, status, source, automation, primitive, error, reason, delivery, backfill, last, to } = search;
  const from = last ? new Date(Math.floor((now - LAST[last]) / MINUTE) * MINUTE).toISOString() : search.from;
  return {
    ...(q ? { q } : {}),
    ...(kind?.length ? { kind } : {}),
    ...(status?.length ? { status } : {}),
    ...(source?.length ? { source } : {}),
    ...(automation ? { automation: [automation] } : {}),
    ...(primitive?.length ? { primitive } : {}),
    ...(error?.length ? { error } : {}),
    ...(reason ? { reason: [reason] } : {}),
    ...(delivery ? { delivery } : {}),
    ...(backfill ? { backfill } : {}),
    ...(search.intervened ? { intervened: true } : {}),
    ...(search.held ? { held: true } : {}),
    ...(search.children ? {} : { rootsOnly: true }),
    ...(search.longest ? { minDurationMs: LONGEST[search.longest] } : {}),
    ...(search.dearest ? { minCostUsd: search.dearest } : {}),
    ...(from ? { from } : {}),
    ...(to && !last ? { to } : {}),
  };
}

/** Whether it leaves out any root run. */
export const isFiltered = (search: RunSearch) =>
  Object.entries(search).some(
    ([name, value]) => name !== "children" && (Array.isArray(value) ? value.length > 0 : value !== undefined),
  );
