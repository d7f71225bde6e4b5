import { useState } from "react";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";

import { useSignal } from "./use-signal";

type Noted = "pause" | "resume" | "evaluate_now";

const LOOKS: Record<Noted, { title: string; meaning: string; verb: string; done: string }> = {
  pause: {
    title: "Pause this run?",
    meaning: "It stops before its next step. What runs now goes on.",
    verb: "Pause",
    done: "Pausing the run.",
  },
  resume: {
    title: "Resume this run?",
    meaning: "It goes on with its next step.",
    verb: "Resume",
    done: "Resuming the run.",
  },
  evaluate_now: {
    title: "Evaluate now?",
    meaning: "It no longer waits for open runs of its members. They are left to the next evaluation.",
    verb: "Evaluate",
    done: "Evaluating now.",
  },
};

/** A signal with an optional reason. */
export function NoteDialog({ runId, signal, onClose }: { runId: string; signal: Noted; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const send = useSignal(runId, onClose);
  const { title, meaning, verb, done } = LOOKS[signal];
  const submit = () =>
    send.mutate({ request: { signal, argument: reason.trim() ? { reason: reason.trim() } : {} }, done });
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={meaning}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" disabled={send.isPending} onClick={submit}>
            {verb}
          </Button>
        </>
      }
    >
      <Field label="Reason (optional, kept in the audit log)">
        {(ids) => (
          <Input {...ids} value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
