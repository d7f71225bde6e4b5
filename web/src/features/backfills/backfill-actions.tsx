import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleX, Pause, Play } from "lucide-react";

import { type Backfill, type BackfillAction, backfillKeys, changeBackfill } from "@/api/backfills";
import { runKeys } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";
import { plural } from "@/lib/text/format";

const DONE: Record<BackfillAction, (backfill: Backfill) => string> = {
  pause: () => "Paused. What is under way goes on.",
  resume: () => "Resumed.",
  cancel: ({ skipped, pending }) => `Cancelled. ${plural(skipped + pending, "run")} did not start.`,
};

/** Pause or resume, and cancel, of a backfill that has not ended. */
export function BackfillActions({ backfill, name }: { backfill: Backfill; name: string }) {
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  const change = useMutation({
    mutationFn: (action: BackfillAction) => changeBackfill(backfill.id, action),
    onSuccess: (changed, action) => notifyDone(DONE[action](changed)),
    onError: notifyError,
    onSettled: () =>
      Promise.all([backfillKeys.all, runKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  const isOpen = backfill.status === "running" || backfill.status === "paused";
  if (!isOpen || !covers(session, "operate")) return null;
  const isPaused = backfill.status === "paused";
  const verb = isPaused ? "Resume" : "Pause";
  const act = (action: BackfillAction) => !change.isPending && change.mutate(action);
  return (
    <span className="inline-flex shrink-0 gap-1">
      <Button
        look="quiet"
        size="mini"
        aria-label={`${verb} the backfill of ${name}`}
        title={verb}
        onClick={() => act(isPaused ? "resume" : "pause")}
      >
        {isPaused ? <Play className="size-3.5" /> : <Pause className="size-3.5" />}
      </Button>
      <Button
        look="quiet"
        size="mini"
        aria-label={`Cancel the backfill of ${name}`}
        title={`Cancel: take back what has not started (${plural(backfill.pending, "run")})`}
        onClick={() => act("cancel")}
      >
        <CircleX className="size-3.5" />
      </Button>
    </span>
  );
}
