import { problemOf } from "./client";
import type { RunFilters } from "./runs";

export type ExportFormat = "csv" | "ndjson";

export interface ExportEnd {
  /** Undefined: the file ends in the middle. */
  complete: boolean | undefined;
  rows: number;
  reason: string | null;
}

const END_BYTES = 4000;

/** Reads all runs that match; it may take minutes, so it has no time limit. */
export async function exportRuns(filters: RunFilters, format: ExportFormat) {
  const response = await fetch(`/api/runs/export?${written({ ...filters, format })}`);
  if (!response.ok) throw await problemOf(response);
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const file = await response.blob();
  return { name: name ?? `runs.${format}`, file, end: endOf(await file.slice(-END_BYTES).text(), format) };
}

/** What the last line says: a connection that was cut leaves a file without it. */
export function endOf(text: string, format: ExportFormat): ExportEnd {
  const none = { complete: undefined, rows: 0, reason: null };
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (format === "csv") {
    const [mark, state, rows, ...reason] = last.split(",");
    if (mark !== "#end") return none;
    return { complete: state === "complete", rows: Number(rows), reason: reason.join(",") || null };
  }
  try {
    const end = JSON.parse(last) as Partial<ExportEnd> & { end?: boolean };
    return end.end ? { complete: end.complete ?? false, rows: end.rows ?? 0, reason: end.reason ?? null } : none;
  } catch {
    return none;
  }
}

function written(query: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) parameters.append(name, String(one));
  }
  return parameters.toString();
}
