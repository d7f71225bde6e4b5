import { ApiError } from "../client";

const FIRST_AGAIN_MS = 5000;
const LAST_AGAIN_MS = 30_000;

const TOO_MANY_REQUESTS = 429;

/** Whether a retry can help; a refused request (4xx) fails again, unless it was only one too many. */
export function isRetryable(error: unknown): boolean {
  const isRefused = error instanceof ApiError && error.status > 0 && error.status < 500;
  return !isRefused || error.status === TOO_MANY_REQUESTS;
}

export interface Asked {
  state: { status: string; error: unknown; errorUpdateCount: number };
}

/** Delay before a failed query is retried; grows with each failure. */
export function retryAfter({ state }: Asked): number | false {
  const failing = state.status === "error" && state.error instanceof ApiError && isRetryable(state.error);
  return failing && Math.min(FIRST_AGAIN_MS * 2 ** (state.errorUpdateCount - 1), LAST_AGAIN_MS);
}
