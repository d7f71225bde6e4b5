import type { Kind, Primitive } from "@/api/types";
import { money, percent, plural } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { list, record, records, type Spec, text } from "./read";
import { stepsOf } from "./steps";

const HUNDRED = 100;

const SUMMARIES: Record<Kind, (spec: Spec) => string> = {
  agent: (spec) => {
    const runner = record(spec.runner);
    return runner.type === "simulated"
      ? simulated(runner)
      : text(runner.model) || text(runner.url) || text(runner.function);
  },
  workflow: (spec) =>
    `${plural(stepsOf(spec).length, "step")}: ${stepsOf(spec)
      .map((step) => text(step.key))
      .join(", ")}`,
  network: (spec) =>
    `${plural(list(spec.members).length, "member")}, ${ROUTED[text(record(spec.router).type)] ?? "in sequence"}`,
  campaign: (spec) => {
    const tasks = records(spec.missions).flatMap((mission) => list(mission.tasks));
    return tasks.length > 0
      ? `${plural(list(spec.missions).length, "mission")}, ${plural(tasks.length, "task")}: ${text(spec.objective)}`
      : `${text(spec.planner)} plans: ${text(spec.objective)}`;
  },
  pulse: (spec) => `${plural(list(spec.members).length, "member")}: ${text(spec.goal)}`,
};

const ROUTED: Record<string, string> = { sequence: "in sequence", rules: "by rules", agent: "an agent routes" };

function simulated(runner: Spec): string {
  const rate = typeof runner.successRate === "number" ? runner.successRate : 1;
  const took = typeof runner.durationMs === "number" ? duration(runner.durationMs) : "";
  return [
    `Simulated: ${percent(rate * HUNDRED)} success`,
    took,
    runner.costUsd ? `${money(text(runner.costUsd))} per call` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** One line that summarises a spec. */
export function summaryOf(primitive: Pick<Primitive, "kind" | "spec">): string {
  return SUMMARIES[primitive.kind](primitive.spec);
}

/** One line about what uses a primitive; empty if nothing does. */
export function usesOf({ usedBy }: Pick<Primitive, "usedBy">): string {
  const automations = usedBy.automations > 0 ? plural(usedBy.automations, "automation") : "";
  const primitives = usedBy.primitives > 0 ? plural(usedBy.primitives, "primitive") : "";
  return [automations, primitives].filter(Boolean).join(", ");
}
