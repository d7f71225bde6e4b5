import type { Run } from "@/api/types";

/** The newest failed run that tells an error; `runs` are newest first. */
export function lastFailure(runs: readonly Run[]): Run | undefined {
  return runs.find((run) => run.status === "failed" && run.error !== null);
}
