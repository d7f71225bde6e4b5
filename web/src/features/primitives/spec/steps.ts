import { list, record, records, type Spec, text } from "./read";

/** The actions of a step. A map calls an agent once per item. */
export type Action = "agent" | "map" | "http" | "wait" | "approval";

const PARTS: Record<Action, readonly string[]> = {
  agent: ["agent"],
  map: ["agent", "map", "concurrency"],
  http: ["http"],
  wait: ["wait"],
  approval: ["approval"],
};
const ALL_PARTS = new Set(Object.values(PARTS).flat());
const isThere = (value: unknown) => value !== null && value !== undefined;

export function actionOf(step: Spec): Action {
  for (const action of ["http", "wait", "approval"] as const) if (isThere(step[action])) return action;
  return isThere(step.map) ? "map" : "agent";
}

/** The fields of a step that belong to its action. */
export function partOf(step: Spec): Spec {
  return Object.fromEntries(Object.entries(step).filter(([name, value]) => ALL_PARTS.has(name) && isThere(value)));
}

/** The step with another action; fields of the old action are removed. */
export function withAction(step: Spec, action: Action, remembered: Spec): Spec {
  const begun: Record<Action, Spec> = {
    agent: { agent: text(step.agent) },
    map: { agent: text(step.agent), map: "input.items" },
    http: { http: { method: "POST", url: "" } },
    wait: { wait: { seconds: 60 } },
    approval: { approval: { message: "" } },
  };
  const others = Object.entries(step).filter(([name]) => !ALL_PARTS.has(name));
  const kept = Object.entries(remembered).filter(([name]) => PARTS[action].includes(name));
  return { ...Object.fromEntries(others), ...begun[action], ...Object.fromEntries(kept) };
}

/** A new step that needs the last one. */
export function newStep(steps: readonly Spec[]): Spec {
  const keys = new Set(steps.map((step) => text(step.key)));
  let number = steps.length + 1;
  while (keys.has(`step-${number}`)) number += 1;
  const last = text(steps.at(-1)?.key);
  return { key: `step-${number}`, agent: "", ...(last ? { needs: [last] } : {}) };
}

export type Need = readonly [step: number, place: number];

/** The paths of the steps that need this one; none while its key is ambiguous. */
export function needsOf(steps: readonly Spec[], index: number): Need[] {
  const key = text(steps[index]?.key);
  if (!key || steps.filter((step) => step.key === key).length > 1) return [];
  return steps.flatMap((step, place) =>
    list(step.needs).flatMap((need, position): Need[] => (need === key ? [[place, position]] : [])),
  );
}

/** Renames a step, also in the `needs` of others. */
export function renamed(steps: readonly Spec[], index: number, key: string, needs: readonly Need[]): Spec[] {
  return steps.map((step, place) => {
    const own = new Set(needs.filter(([dependent]) => dependent === place).map(([, position]) => position));
    const following =
      own.size > 0 ? { needs: list(step.needs).map((need, position) => (own.has(position) ? key : need)) } : {};
    return { ...step, ...following, ...(place === index ? { key } : {}) };
  });
}

/** Removes a step, also from the `needs` of others. */
export function removed(steps: readonly Spec[], index: number): Spec[] {
  const key = steps[index]?.key;
  const rest = steps.filter((_, place) => place !== index);
  if (rest.some((step) => step.key === key)) return rest;
  return rest.map((step) =>
    list(step.needs).includes(key) ? { ...step, needs: list(step.needs).filter((need) => need !== key) } : step,
  );
}

export const stepsOf = (spec: Spec): readonly Spec[] => records(record(spec).steps);
