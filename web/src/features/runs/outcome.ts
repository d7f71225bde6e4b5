import type { Run } from "@/api/types";
import { writeJson } from "@/lib/text/exact-json";
import { waitingFor } from "@/lib/words/flow-control";
import { reasonInWords } from "@/lib/words/reasons";

const LENGTH = 160;
/** The fields in which the kinds of primitives put their text, by priority. */
const TEXT_FIELDS = ["text", "answer", "summary", "report", "last", "output"] as const;

/** The result of a run in one line: its error, why it or what it waits for is stuck, what it waits for, the reason it did not run, or its output. */
export function outcome(run: Pick<Run, "error" | "stuck" | "stuckBelow" | "held" | "reason" | "output">): string {
  if (run.error) return run.error.message;
  if (run.stuck) return run.stuck.message;
  if (run.stuckBelow) return `Waits for ${run.stuckBelow.name}, which is stuck`;
  if (run.held) return waitingFor(run.held);
  if (run.reason) return reasonInWords(run.reason);
  if (run.output === null || run.output === undefined) return "";
  return (textIn(run.output) ?? writeJson(run.output)).slice(0, LENGTH);
}

function textIn(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  for (const key of TEXT_FIELDS) {
    const found = textIn((value as Record<string, unknown>)[key]);
    if (found) return found;
  }
  return null;
}
