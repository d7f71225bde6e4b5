/** Changes that come closer together than this are handled together. */
const GATHER_MS = 700;

export interface Refresher {
  /** Asks for the work to be done, at the soonest so long after it was last finished. */
  ask: (spacingMs?: number) => void;
  stop: () => void;
}

/**
 * Runs `work` for any number of requests, never twice at the same time. Requests that arrive while it runs lead to one
 * more run; so does work that returns true, for "not all of it could be done now".
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
