import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** What was typed made this entry, so that what is typed further goes into it as well. */
    typed?: true;
  }
}

/**
 * Puts typed text into the address: all its letters are one history entry, so that Back undoes the text as a whole.
 * Clearing it is a separate entry.
 */
export function useTyping() {
  const { history } = useRouter();
  return useCallback(
    (text: string | undefined) =>
      text
        ? { replace: Boolean(history.location.state.typed), state: { typed: true as const } }
        : { replace: false, state: {} },
    [history],
  );
}
