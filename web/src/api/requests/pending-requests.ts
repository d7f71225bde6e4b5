import { createStore, useSelector } from "@tanstack/react-store";
import { useEffect, useState } from "react";

const NOTICED_MS = 400;

const pending = createStore(0);

/** Counts a request for as long as it has no response. */
export async function trackPending<Answer>(answer: Promise<Answer>): Promise<Answer> {
  pending.setState((count) => count + 1);
  try {
    return await answer;
  } finally {
    pending.setState((count) => count - 1);
  }
}

/** Whether requests have been pending for long enough to show it. */
export function useIsSlow(): boolean {
  const waits = useSelector(pending, (count) => count > 0);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!waits) return undefined;
    const noticing = setTimeout(() => setSlow(true), NOTICED_MS);
    return () => {
      clearTimeout(noticing);
      setSlow(false);
    };
  }, [waits]);
  return slow;
}
