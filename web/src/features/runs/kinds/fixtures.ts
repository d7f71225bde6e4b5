import type { Cost, Hop, MemberView, Part, RunOverview, TaskView, WorkflowStep } from "@/api/types";

/** Overviews of runs for component tests; what matters to a test is given. */

const AT = "2026-03-02T10:00:00Z";
export const FREE: Cost = { knownUsd: null, unknown: 0, calls: 0 };

export function overview(details: RunOverview["details"], given: Partial<RunOverview> = {}): RunOverview {
  return {
    id: "019c",
    kind: details.kind,
    status: "running",
    sentence: "Running for 3 s.",
    primitive: { id: "p", slug: "it", name: "It" },
    automation: null,
    parentRunId: null,
    rootRunId: "019c",
    queuedAt: AT,
    startedAt: AT,
    finishedAt: null,
    signals: [],
    details,
    waitedMs: 0,
    workedMs: 3000,
    cost: FREE,
    lateCostUsd: null,
    childRuns: 0,
    history: { url: null, keptUntil: null, isGone: false },
    traceUrl: null,
    tokens: null,
    model: null,
    ...given,
  } as RunOverview;
}

export function part(path: string, given: Partial<Part> = {}): Part {
  return {
    path,
    name: path,
    status: "completed",
    agent: "scout",
    runId: `run-${path}`,
    tries: 1,
    startedAt: AT,
    finishedAt: "2026-03-02T10:00:04Z",
    cost: FREE,
    error: null,
    ...given,
  };
}

export function step(path: string, given: Partial<WorkflowStep> = {}): WorkflowStep {
  return {
    ...part(path),
    action: "agent",
    does: "scout",
    needs: [],
    when: null,
    condition: null,
    continues: false,
    until: null,
    items: null,
    gate: null,
    ...given,
  };
}

export function hop(number: number, name: string, given: Partial<Hop> = {}): Hop {
  return { ...part(`hop-${number}`, { name }), number, visit: 1, why: null, because: null, router: null, ...given };
}

export const task = (path: string, given: Partial<TaskView> = {}): TaskView => part(path, given);

export function member(agent: string, given: Partial<MemberView> = {}): MemberView {
  return {
    agent,
    weight: 1,
    completed: 4,
    failed: 0,
    costUsd: "0.04",
    meanDurationMs: 1200,
    place: 1,
    placeBefore: null,
    score: 100,
    scoreBefore: null,
    successRate: 100,
    action: "keep",
    capacity: 2,
    capacityAfter: 2,
    reason: null,
    ...given,
  };
}
