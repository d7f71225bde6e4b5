import { useBlocker } from "@tanstack/react-router";
import type { RefObject } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

/** Asks before a page with changes is left; `isFree` is set by who leaves on purpose. */
export function Leaving({ isChanged, isFree }: { isChanged: boolean; isFree: RefObject<boolean> }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !isFree.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged && !isFree.current,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog
      open
      onClose={blocker.reset}
      title="Leave without saving?"
      description="What you have changed here is lost."
      footer={
        <>
          <Button onClick={blocker.reset}>Stay</Button>
          <Button look="danger" onClick={blocker.proceed}>
            Leave
          </Button>
        </>
      }
    >
      {null}
    </Dialog>
  );
}
