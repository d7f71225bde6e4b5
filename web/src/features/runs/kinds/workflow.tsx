import { lazy, Suspense, useMemo, useState } from "react";

import type { RunOverview, WorkflowDetails, WorkflowStep } from "@/api/types";
import { Skeleton } from "@/components/page-states";

import { Gates } from "../actions/gates";
import { NotRecorded, Panel } from "../panel";
import { Values } from "../values/values";
import { StepTable } from "./step-table";
import { graphOfSteps } from "./workflow-graph";

const Dag = lazy(async () => ({ default: (await import("@/components/graph/dag")).Dag }));

/** The graph of steps with their states, the gates that ask, and each step in a line. */
export function WorkflowRun({ run, details }: { run: RunOverview; details: WorkflowDetails }) {
  const [picked, setPicked] = useState<string | null>(null);
  const graph = useMemo(() => graphOfSteps(details.steps), [details.steps]);
  const pick = (id: string) => {
    setPicked(id);
    document.getElementById(stepId(id))?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div className="flex flex-col gap-3">
      <Gates run={run} details={details} />
      {details.steps.length > 0 && (
        <>
          {isRecorded(details.steps) ? (
            <Suspense fallback={<Skeleton rows={3} />}>
              <Dag graph={graph} onPick={pick} />
            </Suspense>
          ) : (
            <p className="rounded-lg border border-line bg-panel px-3.5 py-2.5">
              <NotRecorded>The graph of the steps is not recorded: an older version of Podium ran this.</NotRecorded>
            </p>
          )}
          <Panel title="Steps">
            <StepTable steps={details.steps} picked={picked} idOf={stepId} />
          </Panel>
        </>
      )}
      <Values run={run} />
    </div>
  );
}

const stepId = (path: string) => `step-${path}`;

const isRecorded = (steps: readonly WorkflowStep[]) => steps.some((step) => step.needs !== null);
