import type { Run } from "@/api/types";

/** The latest failed run with an error; `runs` are newest first. */
export function lastFailure(runs: readonly Run[]): Run | undefined {
  return runs.find((run) => run.status === "failed" && run.error !== null);
}
