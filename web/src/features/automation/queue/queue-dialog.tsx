import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { useState } from "react";

import { changeQueue, type QueueAction, queueDryRunQuery } from "@/api/queue";
import { automationKeys } from "@/api/automations";
import { runKeys } from "@/api/runs";
import type { QueueSelection } from "@/api/types";
import { notifyDone } from "@/components/messages/messages";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { count, plural } from "@/lib/text/format";

/** Which waiting runs, and how they are called. */
export interface ToChange {
  selection: QueueSelection;
  what: string;
}

export interface Chosen extends ToChange {
  action: QueueAction;
}

const LOOKS: Record<QueueAction, { verb: string; doing: string; done: string; meaning: string }> = {
  release: {
    verb: "Release",
    doing: "Releasing",
    done: "released",
    meaning: "They start now, beyond the limits of this automation.",
  },
  clear: {
    verb: "Clear",
    doing: "Clearing",
    done: "cleared",
    meaning: "They are skipped and don't run. Each can be run again from its page.",
  },
};

interface QueueDialogProps {
  automation: { slug: string; name: string };
  chosen: Chosen;
  onClose: () => void;
}

/** Counts the selected waiting runs, and then releases or clears them. */
export function QueueDialog({ automation, chosen: { action, selection, what }, onClose }: QueueDialogProps) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const { verb, doing, done, meaning } = LOOKS[action];
  const counted = useQuery(queueDryRunQuery(automation.slug, action, selection));
  const apply = useMutation({
    mutationFn: () => changeQueue(automation.slug, action, { ...selection, reason }),
    onSuccess: (result) => {
      notifyDone(`${plural(result.count, "run")} ${done}.`, undefined, automation.slug);
      onClose();
    },
    onSettled: () =>
      Promise.all(
        [runKeys.all, automationKeys.one(automation.slug)].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
  const number = counted.data?.count;
  const problem = apply.error ?? counted.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${verb} ${number === undefined ? what : plural(number, "waiting run")}?`}
      description={meaning}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={action === "clear" ? "danger" : "primary"}
            disabled={!number}
            // Not disabled while working, so that it keeps the focus; a second click does nothing.
            aria-disabled={apply.isPending}
            onClick={() => !apply.isPending && apply.mutate()}
          >
            {apply.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {apply.isPending ? `${doing}…` : `${verb}${number ? ` ${count(number)}` : ""}`}
          </Button>
        </>
      }
    >
      {counted.isPending && <p className="text-ink-3">Counting…</p>}
      {number === 0 && <p className="text-ink-2">They don't wait any more.</p>}
      {number !== undefined && number > 0 && (
        <Field label="Reason (optional, kept in the audit log)">
          {(ids) => (
            <Input {...ids} value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
      )}
      <Problem error={problem} className="mt-2" />
    </Dialog>
  );
}
