import { useMutation, useQuery } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { useState } from "react";

import { bulk, bulkDryRunQuery } from "@/api/automations";
import { ApiError } from "@/api/client";
import type { BulkAction, BulkRequest, BulkResult, UnchangedReason } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { ImpactList } from "@/components/impact/impact-list";
import { Skeleton } from "@/components/page-states";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { notifyDone } from "@/components/messages/messages";
import { count, plural } from "@/lib/text/format";

import { BULK_ACTIONS, UNCHANGED_REASONS } from "./actions";
import { UntilField } from "./until-field";
import { undoOf } from "./undo";

/** More names are not readable, and thousands would slow down the page. */
const MOST_NAMED = 100;

interface BulkDialogProps {
  action: BulkAction;
  which: Pick<BulkRequest, "all" | "automations" | "filter">;
  onDone: () => void;
  onClose: () => void;
}

/** Shows the dry run of a bulk action, and then applies exactly that. */
export function BulkDialog({ action, which, onDone, onClose }: BulkDialogProps) {
  const { refresh } = useAutomationActions();
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState<string>();
  const look = BULK_ACTIONS[action];
  const end = until ? { until } : {};
  const preview = useQuery(bulkDryRunQuery({ action, ...which, ...end }));
  const apply = useMutation({
    mutationFn: (expected: number) => bulk({ action, ...which, ...end, reason, expected }),
    onSuccess: (result) => {
      notifyDone(`${plural(result.changed, "automation")} ${look.done}.`, undoOf(result, refresh));
      onDone();
      onClose();
      void refresh();
    },
    // The automations have changed since they were counted.
    onError: (error) => error instanceof ApiError && error.status === 409 && void preview.refetch(),
  });
  const number = preview.data?.changed;
  const problem = apply.error ?? preview.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${look.verb} ${number === undefined ? "automations" : plural(number, "automation")}?`}
      description={look.meaning}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={action === "archive" ? "danger" : "primary"}
            disabled={!number || preview.isFetching}
            // Not disabled while working, so that it keeps the focus; a second click does nothing.
            aria-disabled={apply.isPending}
            onClick={() => number && !apply.isPending && apply.mutate(number)}
          >
            {apply.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {apply.isPending ? look.doing : look.verb} {number ? count(number) : ""}
            {apply.isPending && "…"}
          </Button>
        </>
      }
    >
      <p role="status" className="sr-only">
        {apply.isPending
          ? `${look.doing} ${plural(number ?? 0, "automation")}…`
          : preview.isFetching
            ? "Counting…"
            : ""}
      </p>
      {preview.isPending && <Skeleton rows={3} />}
      {action === "pause" && <UntilField onChange={setUntil} />}
      {preview.data && <Consequences result={preview.data} />}
      {preview.data && action !== "fire" && (
        <Field label="Reason (optional, kept in the audit log)">
          {(ids) => (
            <Input {...ids} value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
      )}
      <Problem error={problem} className="mt-2" />
    </Dialog>
  );
}

function Consequences({ result }: { result: BulkResult }) {
  const left = Object.entries(result.leftAlone) as [UnchangedReason, number][];
  return (
    <div className="mb-3 flex flex-col gap-2 text-ink-2">
      {result.automations.length > 0 && (
        <ul
          aria-label="Affected automations"
          className="max-h-56 overflow-y-auto rounded-md border border-line bg-sunken/50 px-2.5 py-1.5"
        >
          {named(result.automations).map((one) => (
            <li key={one.id} className="truncate">
              {one.name}
            </li>
          ))}
        </ul>
      )}
      {left.map(([why, number]) => (
        <p key={why}>
          {count(number)} left unchanged: {UNCHANGED_REASONS[why]}.
        </p>
      ))}
      {result.impact && <ImpactList impact={result.impact} what="They" />}
    </div>
  );
}

/** The first names, and how many more there are. */
function named(all: readonly { id: string; name: string }[]): { id: string; name: string }[] {
  const more = all.length - MOST_NAMED;
  return more > 0 ? [...all.slice(0, MOST_NAMED), { id: "more", name: `and ${count(more)} more` }] : [...all];
}
