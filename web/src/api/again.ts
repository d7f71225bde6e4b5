import { ApiError } from "./client";

const FIRST_AGAIN_MS = 5000;
const LAST_AGAIN_MS = 30_000;

/** Whether what has failed may go well the next time: a refusal will not. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError && error.status > 0 && error.status < 500);
}

export interface Asked {
  state: { status: string; error: unknown; errorUpdateCount: number };
}

/** How long until what the server has failed at is asked for again; a server that is away is waited for elsewhere. */
export function againAfter({ state }: Asked): number | false {
  const failing = state.status === "error" && state.error instanceof ApiError && state.error.status >= 500;
  return failing && Math.min(FIRST_AGAIN_MS * 2 ** (state.errorUpdateCount - 1), LAST_AGAIN_MS);
}
