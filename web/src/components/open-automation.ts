import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

/** Opens an automation's drawer over the current page, through the address. */
export function useOpenAutomation(): (name: string | undefined) => void {
  const navigate = useNavigate();
  return useCallback(
    (name) =>
      void navigate({
        to: ".",
        search: (now: Record<string, unknown>) => ({ ...now, open: name }) as never,
        resetScroll: false,
      }),
    [navigate],
  );
}
