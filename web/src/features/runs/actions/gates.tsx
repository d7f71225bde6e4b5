import { useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";

import { covers, sessionQuery } from "@/api/session";
import type { RunOverview, WorkflowDetails, WorkflowStep } from "@/api/types";
import { When } from "@/components/labels";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";

import { useSignal } from "./use-signal";

/** The approval steps that wait for a person. */
export function Gates({ run, details }: { run: RunOverview; details: WorkflowDetails }) {
  const { data: session } = useQuery(sessionQuery());
  const asking = details.steps.filter((step) => step.gate && step.status === "waiting");
  if (asking.length === 0) return null;
  return (
    <ul className="flex flex-col gap-3" aria-label="Decisions">
      {asking.map((step) => (
        <GateCard
          key={step.path}
          run={run}
          step={step}
          disabled={!covers(session, "operate") || !run.signals.includes("approve")}
        />
      ))}
    </ul>
  );
}

/** The step is always named, so that a second click never decides another one. */
function GateCard({ run, step, disabled }: { run: RunOverview; step: WorkflowStep; disabled: boolean }) {
  const [comment, setComment] = useState("");
  const decide = useSignal(run.id);
  const send = (signal: "approve" | "reject") =>
    decide.mutate({
      request: { signal, argument: { step: step.name, ...(comment.trim() ? { comment: comment.trim() } : {}) } },
      done: `${signal === "approve" ? "Approved" : "Rejected"} ${step.name}.`,
    });
  const off = disabled || decide.isPending;
  return (
    <li className="rounded-lg border border-accent/50 bg-panel px-3.5 py-2.5">
      <p>
        <span className="font-medium">{step.name}</span> waits for a decision
        {step.gate?.question && <span className="text-ink-2">: {step.gate.question}</span>}
        {step.gate?.expiresAt && (
          <span className="text-xs text-ink-3">
            {" "}
            (fails <When at={step.gate.expiresAt} />)
          </span>
        )}
      </p>
      <div className="mt-2 flex flex-wrap items-end gap-2">
        <Field label="Comment (optional, part of the step's output)" className="min-w-56 flex-1">
          {(ids) => (
            <Input {...ids} value={comment} maxLength={2000} onChange={(event) => setComment(event.target.value)} />
          )}
        </Field>
        <Button look="primary" disabled={off} onClick={() => send("approve")}>
          <Check className="size-3.5" /> Approve {step.name}
        </Button>
        <Button disabled={off} onClick={() => send("reject")}>
          <X className="size-3.5" /> Reject {step.name}
        </Button>
      </div>
    </li>
  );
}
