import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ban, ExternalLink, RotateCw } from "lucide-react";

import { cancelRun, isOpen, rerunRun, runKeys } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { RunDetail } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { notifyDone, notifyError } from "@/components/messages/messages";

import { Decision } from "./decision";

export function RunActions({ run }: { run: RunDetail }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery());
  const refresh = () => queries.invalidateQueries({ queryKey: runKeys.all });
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: () => notifyDone("Cancelling the run."),
    onError: notifyError,
    onSettled: refresh,
  });
  const rerun = useMutation({
    mutationFn: () => rerunRun(run.id),
    onSuccess: (fired) => {
      const next = fired.runs[0];
      if (next) void navigate({ to: "/runs/$id", params: { id: next.runId } });
    },
    onError: notifyError,
    onSettled: refresh,
  });
  const may = covers(session, "operate");
  const asking = run.steps.filter((step) => step.kind === "approval" && step.status === "waiting");
  return (
    <>
      {asking.map((step) => (
        <Decision
          key={step.key}
          runId={run.id}
          step={step.key}
          label={asking.length > 1 ? ` ${step.key}` : ""}
          disabled={!may}
        />
      ))}
      {isOpen(run.status) ? (
        <Button disabled={!may || cancel.isPending} onClick={() => cancel.mutate()}>
          <Ban className="size-3.5" /> Cancel
        </Button>
      ) : (
        <Button disabled={!may || rerun.isPending} onClick={() => rerun.mutate()}>
          <RotateCw className="size-3.5" /> Run again
        </Button>
      )}
      {run.temporalUrl && (
        <a href={run.temporalUrl} target="_blank" rel="noreferrer" className={buttonClass()}>
          Open in Temporal <ExternalLink className="size-3.5" />
        </a>
      )}
    </>
  );
}
