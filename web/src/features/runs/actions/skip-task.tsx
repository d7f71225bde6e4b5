import { useQuery } from "@tanstack/react-query";

import { covers, sessionQuery } from "@/api/session";
import { Button } from "@/components/ui/button";

import { useSignal } from "./use-signal";

/** Skips a task that has not started; its mission is named, because another may have a task of the same name. */
export function SkipTask({ runId, mission, task }: { runId: string; mission: string; task: string }) {
  const { data: session } = useQuery(sessionQuery());
  const skip = useSignal(runId);
  return (
    <Button
      size="sm"
      look="quiet"
      disabled={!covers(session, "operate") || skip.isPending}
      aria-label={`Skip ${task}`}
      onClick={() =>
        skip.mutate({
          request: { signal: "skip_task", argument: { task: `${mission}/${task}` } },
          done: `Skipped ${task}.`,
        })
      }
    >
      Skip
    </Button>
  );
}
