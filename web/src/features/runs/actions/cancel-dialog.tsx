import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { cancelRun, runKeys } from "@/api/runs";
import type { RunOverview } from "@/api/types";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { plural } from "@/lib/text/format";

/** Asks before a run is cancelled, and says what ends with it. */
export function CancelDialog({ run, onClose }: { run: RunOverview; onClose: () => void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id, reason.trim()),
    onSuccess: () => {
      notifyDone("Cancelling the run.");
      onClose();
    },
    onError: notifyError,
    onSettled: () => queries.invalidateQueries({ queryKey: runKeys.all }),
  });
  const below = run.childRuns > 0 ? ` It has ${plural(run.childRuns, "child run")}; those still open end with it.` : "";
  return (
    <Dialog
      open
      onClose={onClose}
      title="Cancel this run?"
      description={`What it has done stays done.${below}`}
      footer={
        <>
          <Button onClick={onClose}>Keep it running</Button>
          <Button look="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the run
          </Button>
        </>
      }
    >
      <Field label="Reason (optional, shown with the run)">
        {(ids) => (
          <Input {...ids} value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
