import { Link } from "@tanstack/react-router";

import type { Step } from "@/api/types";
import { StatusLabel } from "@/components/labels";
import { duration } from "@/lib/time/time";

/** A tree of steps: a pipeline's steps, a network's hops, a campaign's missions and tasks. */
export function Steps({ steps, depth = 0 }: { steps: readonly Step[]; depth?: number }) {
  return (
    <ol className={depth > 0 ? "ml-2 border-l border-line pl-3" : ""}>
      {steps.map((step) => (
        <li key={step.key}>
          <StepLine step={step} />
          {step.children && step.children.length > 0 && <Steps steps={step.children} depth={depth + 1} />}
        </li>
      ))}
    </ol>
  );
}

function StepLine({ step }: { step: Step }) {
  const took = step.startedAt && step.finishedAt ? Date.parse(step.finishedAt) - Date.parse(step.startedAt) : null;
  return (
    <div className="flex min-h-7 items-center gap-3">
      <span className="w-28 shrink-0">
        <StatusLabel status={step.status} />
      </span>
      <span className="truncate font-medium">
        {step.runId ? (
          <Link to="/runs/$id" params={{ id: step.runId }} className="text-accent hover:underline">
            {step.key}
          </Link>
        ) : (
          step.key
        )}
      </span>
      <span className="text-xs text-ink-3">{step.kind}</span>
      <span className={`min-w-0 flex-1 truncate text-xs ${step.error ? "text-failing" : "text-ink-3"}`}>
        {step.error?.message ?? step.detail}
      </span>
      <span className="text-xs text-ink-3">{took === null ? "" : duration(took)}</span>
    </div>
  );
}
