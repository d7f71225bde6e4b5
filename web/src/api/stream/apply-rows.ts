import type { QueryClient } from "@tanstack/react-query";

import { automationKeys } from "../automations";
import { liveKeys, type LivePart } from "../live";
import type { Automation, AutomationDetail } from "../types";

/** The fields that decide which filters a row matches and how it is counted; other fields change figures and at most its position. */
const JUDGED = ["name", "severity", "state", "isActive", "isArchived", "revision"] as const;

/**
 * Applies rows from the stream to the loaded lists and details.
 *
 * Returns whether other loaded data may be outdated too: a row is new, or is counted differently.
 */
export function applyRows(queries: QueryClient, rows: ReadonlyMap<string, Automation>): boolean {
  const known = new Set<string>();
  let judged = false;

  for (const [key, part] of queries.getQueriesData<LivePart>({ queryKey: liveKeys.lists })) {
    if (!part?.automations.some((one) => rows.has(one.id))) continue;
    const automations = part.automations.map((before) => {
      const row = rows.get(before.id);
      if (!row) return before;
      known.add(row.id);
      judged ||= JUDGED.some((name) => before[name] !== row[name]);
      return isJudgedOverAllRuns(key) ? { ...row, severity: before.severity } : row;
    });
    queries.setQueryData<LivePart>(key, { ...part, automations });
  }
  for (const [key, detail] of queries.getQueriesData<AutomationDetail>({ predicate: isDetail })) {
    const row = detail && rows.get(detail.id);
    // Another revision has another schedule and payload, which a row does not carry: that detail is fetched.
    if (!row) continue;
    if (row.revision === detail?.revision) queries.setQueryData(key, { ...detail, ...row });
    else void queries.invalidateQueries({ queryKey: key, exact: true });
  }
  return judged || known.size < rows.size;
}

/** The stream's rows are judged over the recent window, as lists are by default. */
const isJudgedOverAllRuns = ([, , filters]: readonly unknown[]) =>
  (filters as { window?: string } | undefined)?.window === "all";

const isDetail = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  queryKey[0] === automationKeys.all[0] && queryKey.length === automationKeys.one("").length;
