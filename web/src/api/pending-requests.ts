import { useEffect, useState, useSyncExternalStore } from "react";

let count = 0;
const listeners = new Set<() => void>();

function add(change: 1 | -1): void {
  count += change;
  for (const listener of listeners) listener();
}

/** Counts a request for as long as it has no answer. */
export async function trackPending<Answer>(answer: Promise<Answer>): Promise<Answer> {
  add(1);
  try {
    return await answer;
  } finally {
    add(-1);
  }
}

const NOTICED_MS = 400;

/** Whether the server has been at something for so long that it should be said. */
export function useIsSlow(): boolean {
  const asks = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => count > 0,
  );
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!asks) return undefined;
    const waiting = setTimeout(() => setSlow(true), NOTICED_MS);
    return () => {
      clearTimeout(waiting);
      setSlow(false);
    };
  }, [asks]);
  return slow;
}
