/** Changes that come closer together than this are handled together. */
const GATHER_MS = 700;

export interface Refresher {
  /** Requests a run of `work`, at the earliest this long after the last one ended. */
  ask: (spacingMs?: number) => void;
  stop: () => void;
}

/**
 * Runs `work` on request, never twice at the same time. Requests during a run cause one more run, and so does a
 * result of true, which means that something was skipped.
 */
export function refresher(work: () => Promise<boolean>, gatherMs = GATHER_MS): Refresher {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dueAt = Infinity;
  let endedAt = -Infinity;
  let working = false;
  let next = Infinity;

  function ask(spacingMs = 0): void {
    if (working) {
      next = Math.min(next, spacingMs);
      return;
    }
    const at = Math.max(Date.now() + gatherMs, endedAt + spacingMs);
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => void run(), at - Date.now());
  }

  async function run(): Promise<void> {
    dueAt = Infinity;
    next = Infinity;
    working = true;
    const left = await work();
    working = false;
    endedAt = Date.now();
    if (left) ask();
    else if (next < Infinity) ask(next);
  }

  return { ask, stop: () => clearTimeout(timer) };
}
