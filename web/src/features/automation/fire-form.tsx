import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Zap } from "lucide-react";
import { type FormEvent, useState } from "react";

import { fireAutomation } from "@/api/automations";
import type { AutomationDetail } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { parseJson } from "@/components/json";
import { Button } from "@/components/ui/button";
import { Field, TextArea } from "@/components/ui/field";
import { writeJson } from "@/lib/text/exact-json";

/** Fires manually; a paused automation needs confirmation. */
export function FireForm({ automation }: { automation: AutomationDetail }) {
  const { refresh } = useAutomationActions();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const fire = useMutation({
    mutationFn: (payload: unknown) => fireAutomation(automation.slug, payload, !automation.isActive),
    onSuccess: () => setOpen(false),
    onSettled: () => refresh(),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    const read = parseJson(text);
    setError(read.error);
    if (!read.error) fire.mutate(read.value);
  }

  const run = fire.data?.runs[0];
  const warning = toKnow(automation);
  return (
    <div>
      {!open && (
        <div className="flex items-center gap-3">
          <Button look={automation.isActive ? "primary" : "plain"} onClick={() => setOpen(true)}>
            <Zap className="size-3.5" /> {automation.isActive ? "Fire now" : "Fire anyway"}
          </Button>
          {run && (
            <Link to="/runs/$id" params={{ id: run.runId }} className="text-accent hover:underline">
              Started a run: {run.status}
            </Link>
          )}
        </div>
      )}
      {open && (
        <form onSubmit={submit} className="flex flex-col gap-2 rounded-md border border-line p-3">
          <Field
            label="Payload (JSON)"
            error={error ?? fire.error?.message}
            hint={automation.payload === null ? "Leave empty for no input." : "Leave empty for the default payload."}
          >
            {(ids) => (
              <TextArea
                {...ids}
                autoFocus
                rows={4}
                value={text}
                onChange={(event) => setText(event.target.value)}
                placeholder={automation.payload === null ? '{"topic": "…"}' : writeJson(automation.payload, 1)}
                className="font-mono text-xs"
              />
            )}
          </Field>
          {warning && <p className="text-ink-2">{warning}</p>}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={fire.isPending}>
              {automation.isActive ? "Fire" : "Fire anyway"}
            </Button>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
          </div>
        </form>
      )}
    </div>
  );
}

/** A note if a run fired now would not simply start. */
function toKnow({ isActive, state }: AutomationDetail): string | null {
  if (!isActive) return "This automation is paused. It runs once now and stays paused.";
  if (state === "paused") return "Its primitive is inactive, so the run will be recorded as skipped.";
  if (state === "over_budget") return "A budget has no room for it this month, so the run will be recorded as skipped.";
  return null;
}
