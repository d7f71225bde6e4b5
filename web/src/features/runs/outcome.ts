import type { ListedRun } from "@/api/types";
import { waitingFor } from "@/lib/words/flow-control";
import { reasonInWords } from "@/lib/words/reasons";

/** The result of a run in one line: its error, why it or what it waits for is stuck, what it waits for, the reason it did not run, or its output. */
export function outcome(
  run: Pick<ListedRun, "error" | "stuck" | "stuckBelow" | "held" | "reason" | "preview">,
): string {
  if (run.error) return run.error.message;
  if (run.stuck) return run.stuck.message;
  if (run.stuckBelow) return `Waits for ${run.stuckBelow.name}, which is stuck`;
  if (run.held) return waitingFor(run.held);
  if (run.reason) return reasonInWords(run.reason);
  return run.preview ?? "";
}
