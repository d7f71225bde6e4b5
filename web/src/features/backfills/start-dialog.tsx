import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { type ReactNode, useState } from "react";

import { automationKeys } from "@/api/automations";
import { type BackfillPlan, backfillPlanQuery, startBackfill, type Wanted } from "@/api/backfills";
import { ApiError } from "@/api/client";
import { runKeys } from "@/api/runs";
import { notifyDone } from "@/components/messages/messages";
import { Skeleton } from "@/components/page-states";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { count, plural } from "@/lib/text/format";
import { useDebounced } from "@/lib/use-debounced";

import { Plan } from "./plan";

const TYPING_MS = 500;

interface StartDialogProps {
  title: string;
  description: string;
  /** What one of them is called: "due time", "run". */
  noun: string;
  /** Undefined while a field is not complete. */
  wanted: Wanted | undefined;
  children: ReactNode;
  onClose: () => void;
}

/** Shows what would run, and then starts exactly that. */
export function StartDialog({ title, description, noun, wanted, children, onClose }: StartDialogProps) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const text = JSON.stringify(wanted ?? null);
  const settled = useDebounced(text, TYPING_MS);
  const asked = settled === "null" ? undefined : (JSON.parse(settled) as Wanted);
  const planning = useQuery(backfillPlanQuery(asked));
  const plan = planning.isFetching || settled !== text ? undefined : planning.data;
  const start = useMutation({
    mutationFn: (shown: BackfillPlan) => startBackfill(withReason(asked as Wanted, reason), shown.token),
    onSuccess: ({ backfill }) => {
      notifyDone(
        backfill?.total === 1
          ? "1 run waits for its turn."
          : `${count(backfill?.total ?? 0)} runs wait for their turn.`,
        undefined,
        asked?.automation ?? undefined,
      );
      onClose();
    },
    // What would run has changed since it was shown.
    onError: (error) => error instanceof ApiError && error.status === 409 && void planning.refetch(),
    onSettled: () =>
      Promise.all([runKeys.all, automationKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!plan?.count}
            // Not disabled while working, so that it keeps the focus; a second click does nothing.
            aria-disabled={start.isPending}
            onClick={() => plan && !start.isPending && start.mutate(plan)}
          >
            {start.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {start.isPending
              ? "Starting…"
              : plan?.count
                ? `Run ${plural(plan.count, noun)}${noun === "run" ? " again" : ""}`
                : "Run"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        <Problem error={start.error ?? planning.error} />
        {plan ? <Plan plan={plan} noun={noun} /> : asked && !planning.isError && <Skeleton rows={5} />}
        <Field label="Reason (optional, kept in the audit log)">
          {(ids) => (
            <Input {...ids} value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  );
}

function withReason(wanted: Wanted, reason: string): Wanted {
  return wanted.automation === null
    ? { ...wanted, request: { ...wanted.request, reason } }
    : { ...wanted, request: { ...wanted.request, reason } };
}
