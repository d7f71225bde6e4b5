import { ApiError } from "./client";

const FIRST_AGAIN_MS = 5000;
const LAST_AGAIN_MS = 30_000;

/** Whether what has failed may go well the next time: a refusal will not. */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof ApiError && error.status > 0 && error.status < 500);
}

export interface Asked {
  state: { status: string; error: unknown; errorUpdateCount: number };
}

/** How long until what has failed and need not fail again is asked for anew, also where all else is answered. */
export function retryAfter({ state }: Asked): number | false {
  const failing = state.status === "error" && state.error instanceof ApiError && isRetryable(state.error);
  return failing && Math.min(FIRST_AGAIN_MS * 2 ** (state.errorUpdateCount - 1), LAST_AGAIN_MS);
}
