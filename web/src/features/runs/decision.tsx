import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, X } from "lucide-react";

import { runKeys, signalRun } from "@/api/runs";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";

interface DecisionProps {
  runId: string;
  /** The approval step that is decided; it is always named, so that a second click never decides another one. */
  step: string;
  /** Follows the words on the buttons where several steps wait. */
  label: string;
  disabled: boolean;
}

export function Decision({ runId, step, label, disabled }: DecisionProps) {
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: (signal: "approve" | "reject") => signalRun(runId, { signal, argument: { step } }),
    onSuccess: (_, signal) => notifyDone(`${signal === "approve" ? "Approved" : "Rejected"} ${step}.`),
    onError: notifyError,
    onSettled: () => queries.invalidateQueries({ queryKey: runKeys.all }),
  });
  return (
    <>
      <Button look="primary" disabled={disabled || decide.isPending} onClick={() => decide.mutate("approve")}>
        <Check className="size-3.5" /> Approve{label}
      </Button>
      <Button disabled={disabled || decide.isPending} onClick={() => decide.mutate("reject")}>
        <X className="size-3.5" /> Reject{label}
      </Button>
    </>
  );
}
