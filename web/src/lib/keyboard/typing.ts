import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** What was typed made this entry, so that what is typed further goes into it as well. */
    typed?: true;
  }
}

/**
 * How a text that is typed gets into the address: all its letters are one entry of the history, so that Back undoes
 * it as a whole and nothing else with it. To empty it is a choice of its own, which Back undoes too.
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
