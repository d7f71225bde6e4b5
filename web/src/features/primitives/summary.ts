import type { Kind, Primitive } from "@/api/types";
import { plural } from "@/lib/format";

type Spec = Record<string, unknown>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Spec => (value && typeof value === "object" ? (value as Spec) : {});
const words = (value: unknown): string => (typeof value === "string" ? value : "");

const SUMMARIES: Record<Kind, (spec: Spec) => string> = {
  agent: (spec) => {
    const runner = record(spec.runner);
    return [words(runner.type), words(runner.model) || words(runner.url) || words(runner.function)].filter(Boolean).join(" · ");
  },
  workflow: (spec) => plural(list(spec.steps).length, "step"),
  network: (spec) => `${plural(list(spec.members).length, "member")}, by ${words(record(spec.router).type) || "sequence"}`,
  campaign: (spec) => {
    const tasks = list(spec.missions).flatMap((mission) => list(record(mission).tasks));
    return tasks.length > 0
      ? `${plural(list(spec.missions).length, "mission")}, ${plural(tasks.length, "task")}`
      : "a planner writes its missions";
  },
  pulse: (spec) => `${plural(list(spec.members).length, "member")}: ${words(spec.goal)}`,
};

/** What a primitive is made of, in a line. */
export function summaryOf(primitive: Pick<Primitive, "kind" | "spec">): string {
  return SUMMARIES[primitive.kind](primitive.spec);
}
