import type { WorkflowStep } from "@/api/types";
import type { Edge, Graph } from "@/components/graph/graph";
import { count, plural } from "@/lib/text/format";

const LABEL = 12;

/** The graph of a run's steps; an edge into a step whose condition did not hold is dashed. */
export function graphOfSteps(steps: readonly WorkflowStep[]): Graph {
  const known = new Set(steps.map((step) => step.path));
  return {
    nodes: steps.map((step) => ({ id: step.path, label: step.name, note: noteOf(step), status: step.status })),
    edges: steps.flatMap((step) =>
      (step.needs ?? [])
        .filter((need) => known.has(need))
        .map((need): Edge => ({
          from: need,
          to: step.path,
          ...(step.when ? { label: `if ${short(step.when)}` } : {}),
          ...(step.condition === false ? { dashed: true } : {}),
        })),
    ),
  };
}

/** A condition, as far as an edge has room for it; the step's line shows all of it. */
const short = (condition: string) => (condition.length > LABEL ? `${condition.slice(0, LABEL)}…` : condition);

/** What a step does, or how far it has come: "scout", "4,210 of 5,000 items, 12 failed". */
function noteOf(step: WorkflowStep): string {
  if (step.items) {
    const { total, byStatus } = step.items;
    const ended = (byStatus.completed ?? 0) + (byStatus.failed ?? 0);
    const failed = byStatus.failed ? `, ${count(byStatus.failed)} failed` : "";
    return total === null ? plural(ended, "item") + failed : `${count(ended)} of ${plural(total, "item")}${failed}`;
  }
  if (step.gate) return step.gate.decision ? decided(step) : "asks a person";
  if (step.action === "wait") return "waits for a timer";
  return step.agent ?? (step.does || step.action);
}

const decided = ({ gate }: WorkflowStep) =>
  `${gate?.decision?.approved ? "approved" : "rejected"} by ${gate?.decision?.by}`;
