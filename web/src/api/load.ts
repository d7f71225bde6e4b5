import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { ApiError, UNREACHABLE } from "./client";
import type { LiveFilters } from "./live";
import type { Automation, Kind, RunStatus, Severity } from "./types";

/** What starts within one hour. */
export interface Slot {
  start: string;
  starts: number;
  weightedStarts: number;
  peakConcurrency: number;
  byPrimitive: Record<Kind, number>;
  automations: { id: string; name: string; count: number }[];
  automationsLeftOut?: number;
  expectedArrivals: number;
}

export interface Density {
  slots: Slot[];
  peak: { start: string; starts: number; byPrimitive: Record<Kind, number>; text: string } | null;
}

export interface CalendarEntry {
  automationId: string;
  at: string;
  name: string;
  primitiveType: Kind;
  severity: Severity;
  count: number;
  cadence: string | null;
  runId?: string | null;
  status?: RunStatus | null;
}

export interface Calendar {
  entries: CalendarEntry[];
}

export interface Preview {
  nextFires?: string[];
}

export const loadKeys = {
  all: ["load"] as const,
  density: (query: object) => [...loadKeys.all, "density", query] as const,
  calendar: (query: object) => [...loadKeys.all, "calendar", query] as const,
};

export type AutomationId = Automation["id"];

async function read<Data>(path: string, query: object, signal: AbortSignal): Promise<Data> {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") words.append(name, String(one));
    }
  }
  const answer = await fetch(`${path}?${words}`, { signal }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ApiError({ code: UNREACHABLE, status: 0, detail: "Podium does not answer." });
  });
  if (!answer.ok) throw new ApiError(await answer.json());
  return (await answer.json()) as Data;
}

export const densityQuery = (query: { hours: number; tz: string } & LiveFilters) =>
  queryOptions({
    queryKey: loadKeys.density(query),
    queryFn: ({ signal }) => read<Density>("/api/live/density", query, signal),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });

export const calendarQuery = (query: {
  from: string;
  to: string;
  tz: string;
  automation?: string;
  compress?: boolean;
}) =>
  queryOptions({
    queryKey: loadKeys.calendar(query),
    queryFn: ({ signal }) => read<Calendar>("/api/live/calendar", query, signal),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
