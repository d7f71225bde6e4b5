import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { bulk, bulkDryRunQuery } from "@/api/automations";
import { ApiError } from "@/api/client";
import { cancelRun } from "@/api/runs";
import type { BulkAction, BulkRequest, BulkResult, LeftAlone } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { sayDone, sayFailed, type Undo } from "@/components/ui/messages";
import { count, plural } from "@/lib/format";

import { DEEDS, LEFT_ALONE } from "./deeds";

interface BulkDialogProps {
  action: BulkAction;
  which: Pick<BulkRequest, "automations" | "filter">;
  onDone: () => void;
  onClose: () => void;
}

/** Says what an action would come to before it is done, and does that and no more. */
export function BulkDialog({ action, which, onDone, onClose }: BulkDialogProps) {
  const { refresh } = useAutomationActions();
  const [reason, setReason] = useState("");
  const deed = DEEDS[action];
  const told = useQuery({ ...bulkDryRunQuery({ action, ...which }), gcTime: 0 });
  const carryOut = useMutation({
    mutationFn: (expected: number) => bulk({ action, ...which, reason, expected }),
    onSuccess: (result) => {
      sayDone(`${plural(result.changed, "automation")} ${deed.done}.`, undo(result, refresh));
      onDone();
      onClose();
      void refresh();
    },
    // Somebody or something has changed them since they were counted.
    onError: (error) => error instanceof ApiError && error.status === 409 && void told.refetch(),
  });
  const number = told.data?.changed;
  const problem = carryOut.error ?? told.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${deed.verb} ${number === undefined ? "automations" : plural(number, "automation")}?`}
      description={deed.meaning}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={action === "archive" ? "danger" : "primary"}
            disabled={!number || told.isFetching || carryOut.isPending}
            onClick={() => number && carryOut.mutate(number)}
          >
            {deed.verb} {number ? count(number) : ""}
          </Button>
        </>
      }
    >
      {told.isPending && <Skeleton rows={3} />}
      {told.data && <Consequences result={told.data} />}
      {told.data && action !== "fire" && (
        <Field label="Why (for the audit log)">
          {(ids) => <Input {...ids} value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />}
        </Field>
      )}
      {problem && (
        <p role="alert" className="mt-2 text-failing">
          {problem.message} {problem instanceof ApiError && problem.hint}
        </p>
      )}
    </Dialog>
  );
}

function Consequences({ result }: { result: BulkResult }) {
  const left = Object.entries(result.leftAlone) as [LeftAlone, number][];
  return (
    <div className="mb-3 flex flex-col gap-2 text-ink-2">
      {result.automations.length > 0 && (
        <ul aria-label="Which" className="max-h-56 overflow-y-auto rounded-md border border-line bg-sunken/50 px-2.5 py-1.5">
          {result.automations.map((one) => (
            <li key={one.id} className="truncate">
              {one.name}
            </li>
          ))}
        </ul>
      )}
      {left.map(([why, number]) => (
        <p key={why}>
          {count(number)} left unchanged: {LEFT_ALONE[why]}.
        </p>
      ))}
      {result.dependents.length > 0 && (
        <p className="text-unstable">These depend on them: {result.dependents.map((one) => one.name).join(", ")}.</p>
      )}
    </div>
  );
}

/** Takes back what was done, to just those that it was done to; what was fired is cancelled. */
function undo(result: BulkResult, refresh: () => Promise<void>): Undo | undefined {
  const back = DEEDS[result.action].back;
  if (result.runs.length > 0) return () => cancelAll(result).then(refresh);
  if (!back || result.changed === 0) return undefined;
  return () => {
    sayDone("Undoing…");
    return bulk({ action: back, automations: result.automations.map((one) => one.id), reason: "undone" })
      .then((undone) => sayDone(`Undone: ${plural(undone.changed, "automation")} ${DEEDS[back].done}.`))
      .catch((error: unknown) => {
        sayFailed(error);
        return false;
      })
      .finally(() => void refresh());
  };
}

async function cancelAll(result: BulkResult): Promise<void> {
  sayDone("Cancelling…");
  const ended = await Promise.allSettled(result.runs.map((run) => cancelRun(run.runId)));
  const cancelled = ended.filter((one) => one.status === "fulfilled").length;
  const over = ended.length - cancelled;
  sayDone(`${plural(cancelled, "run")} cancelled${over > 0 ? `; ${count(over)} had already ended` : ""}.`);
}
