import type { Run } from "@/api/types";
import { writeJson } from "@/lib/exact-json";

const LENGTH = 160;
/** Where runs of one kind or another keep what they say to people. */
const SAID_IN = ["text", "answer", "summary", "report", "last", "output"] as const;

/** What came of a run, in a line. */
export function outcome(run: Pick<Run, "error" | "reason" | "output">): string {
  if (run.error) return run.error.message;
  if (run.reason) return run.reason.replaceAll("_", " ");
  if (run.output === null || run.output === undefined) return "";
  return (said(run.output) ?? writeJson(run.output)).slice(0, LENGTH);
}

function said(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  for (const key of SAID_IN) {
    const found = said((value as Record<string, unknown>)[key]);
    if (found) return found;
  }
  return null;
}
