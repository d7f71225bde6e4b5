import type { AuditItem } from "@/api/types";
import { writeJson } from "@/lib/text/exact-json";

const WORDS: Record<string, string> = {
  "automation.created": "Created",
  "automation.changed": "Changed",
  "automation.paused": "Paused",
  "automation.resumed": "Resumed",
  "automation.archived": "Archived",
  "automation.restored": "Restored",
  "primitive.created": "Created",
  "primitive.changed": "Changed",
  "primitive.archived": "Archived",
  "primitive.restored": "Restored",
  "key.created": "Created",
  "key.revoked": "Revoked",
  "run.cancel": "Cancelled",
  "run.rerun": "Reran",
  "callback.refused": "Callback refused",
  "dependency.created": "Dependency added",
  "dependency.removed": "Dependency removed",
  "schedule.drift": "Temporal schedule had drifted",
  "health.disable": "Disabled",
  "health.reduce_frequency": "Slowed down",
  "health.alert": "Alert sent",
  "health.recovering": "Sped up again",
  "health.recovered": "Recovered",
  "health.probe_passed": "Probe completed",
  "health.probe_failed": "Probe failed",
  "health.enabled": "Enabled again",
  "health.brake": "Stopped disabling automations",
  "stats.repaired": "Statistics corrected",
  "error.resolved": "Resolved",
  "error.ignored": "Ignored",
  "error.reopened": "Opened again",
  "backfill.started": "Backfill started",
  "backfill.paused": "Backfill paused",
  "backfill.resumed": "Backfill resumed",
  "backfill.cancelled": "Backfill cancelled",
  "backfill.changed": "Backfill changed",
  "backfill.ended": "Backfill ended",
};

/** Actions whose name already says what changed. */
const SELF_EXPLANATORY: ReadonlySet<string> = new Set([
  "automation.created",
  "automation.paused",
  "automation.resumed",
  "automation.archived",
  "automation.restored",
  "primitive.created",
  "primitive.archived",
  "primitive.restored",
  "health.disable",
  "health.enabled",
  "health.brake",
]);
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["revision", "pausedReason", "probeAt", "backfill"]);

export interface Change {
  field: string;
  before: string;
  after: string;
}

/** An audited action in words; an action unknown to this page is shown by its name. */
export function actionLabel(action: string, after?: AuditItem["after"]): string {
  if (action === "automation.paused" && after?.["pausedUntil"]) return "Snoozed";
  const plain = action.replaceAll(/[._]/g, " ");
  return WORDS[action] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The fields that an audited action changed, by their paths in a declaration. */
export function changes(item: Pick<AuditItem, "action" | "before" | "after">): Change[] {
  const [before, after] = [flat(item.before), flat(item.after)];
  const told = (field: string) =>
    !SAID_ELSEWHERE.has(field) && (!SELF_EXPLANATORY.has(item.action) || field === "pausedUntil");
  const fields = [...new Set([...before.keys(), ...after.keys()])].filter(told);
  return fields
    .map((field) => ({ field, before: before.get(field) ?? "", after: after.get(field) ?? "" }))
    .filter((change) => change.before !== change.after);
}

function flat(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [name, part] of Object.entries(value)) flat(part, path ? `${path}.${name}` : name, into);
  } else if (path && value !== null && value !== undefined && value !== "") {
    into.set(path, shown(value));
  }
  return into;
}

/** Names of fields that are not fields of a declaration. */
const FIELDS: Record<string, string> = { pausedUntil: "until" };

export const fieldName = (field: string): string => FIELDS[field] ?? field;

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : writeJson(value);
}
