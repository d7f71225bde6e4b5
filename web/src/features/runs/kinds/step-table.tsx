import type { WorkflowStep } from "@/api/types";
import { StatusLabel, When } from "@/components/labels";
import { cn } from "@/lib/cn";
import { count } from "@/lib/text/format";

import { CostText } from "../cost-text";
import { PartLink, Took, Tries } from "./part-cells";

const GRID =
  "grid grid-cols-[6.5rem_minmax(0,1fr)_4.5rem] items-baseline gap-x-3 md:grid-cols-[6.5rem_minmax(8rem,1fr)_minmax(0,2fr)_5rem_6rem]";

interface StepTableProps {
  steps: readonly WorkflowStep[];
  picked: string | null;
  idOf: (path: string) => string;
}

/** Each step in a line: its status, what it does, its condition or error, how long it took and what it cost. */
export function StepTable({ steps, picked, idOf }: StepTableProps) {
  return (
    <ol>
      {steps.map((step) => (
        <li
          key={step.path}
          id={idOf(step.path)}
          className={cn(
            GRID,
            "scroll-mt-24 border-b border-line py-1 last:border-b-0",
            picked === step.path && "bg-accent-soft",
          )}
        >
          <StatusLabel status={step.status} />
          <span className="flex min-w-0 items-baseline gap-1.5">
            <span className="truncate">
              <PartLink part={step} />
            </span>
            {!step.items && <Tries part={step} />}
            <span className="truncate text-xs text-ink-3 max-md:hidden">
              {step.agent ?? (step.does || step.action)}
            </span>
          </span>
          <span className="min-w-0 text-xs break-words max-md:order-last max-md:col-span-3">
            <Story step={step} />
          </span>
          <span className="text-right text-xs text-ink-2">
            <Took part={step} />
          </span>
          <span className="truncate text-right text-xs text-ink-3 max-md:hidden">
            {step.cost.calls + step.cost.unknown > 0 && <CostText cost={step.cost} short />}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What is to say about a step beside its status. */
function Story({ step }: { step: WorkflowStep }) {
  const decision = step.gate?.decision;
  return (
    <>
      {step.error && (
        <span className="text-failing">
          {step.error.type}: {step.error.message}
          {step.continues && <span className="text-ink-3"> (the run goes on)</span>}{" "}
        </span>
      )}
      {step.when && (
        <span className="text-ink-3">
          {step.condition === false ? "did not hold: " : step.condition ? "held: " : "only if "}
          <code className="font-mono">{step.when}</code>{" "}
        </span>
      )}
      {step.items && (
        <span className="text-ink-3">
          {Object.entries(step.items.byStatus)
            .map(([status, number]) => `${count(number ?? 0)} ${status}`)
            .join(", ")}
          {step.items.total !== null && ` of ${count(step.items.total)}`}{" "}
        </span>
      )}
      {step.status === "waiting" && step.until && (
        <span className="text-ink-3">
          until <When at={step.until} />
        </span>
      )}
      {decision && (
        <span className="text-ink-2">
          {decision.approved ? "Approved" : "Rejected"} by {decision.by}
          {decision.byIsClaimed && " (not verified)"}
          {decision.comment && `: ${decision.comment}`}
        </span>
      )}
      {step.gate && !decision && <span className="text-ink-3">{step.gate.question}</span>}
    </>
  );
}
