// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { RunOverview, WorkflowDetails } from "@/api/types";
import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { hop, member, overview, part, step, task } from "./fixtures";
import { KindView } from "./kinds";
import { graphOfSteps } from "./workflow-graph";

globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

async function shown(run: RunOverview) {
  answer("get", "/api/runs/{run_id}/values", () => ({
    input: { bytes: 7, value: { n: 1 }, beginning: null },
    output: { bytes: 0, value: null, beginning: null },
  }));
  answer("get", "/api/session", () => ({ name: "ann", scope: "operate" }) as never);
  const view = await show(<KindView run={run} />);
  await screen.findByRole("region", { name: "Input" });
  return view;
}

it("shows an agent's input beside its output, tokens by class, the unknown part of the cost, and attempts", async () => {
  const attempts = [
    {
      number: 1,
      startedAt: "2026-03-02T10:00:00Z",
      endedAt: "2026-03-02T10:00:02Z",
      error: { type: "agent_timed_out", message: "no answer" },
      costUsd: null,
      runId: null,
    },
    { number: 2, startedAt: "2026-03-02T10:00:05Z", endedAt: null, error: null, costUsd: "0.02", runId: null },
  ];
  const details = {
    kind: "agent",
    runner: "model",
    calledAt: null,
    callbackUntil: null,
    failedAttempts: 1,
    attempts,
  } as const;
  await shown(
    overview(
      { ...details, attempts },
      {
        tokens: { input: 1200, output: 300, cacheRead: 800, cacheWrite: 0, reasoning: 0 },
        cost: { knownUsd: "0.02", unknown: 2, calls: 1 },
        model: "gpt-5-mini",
      },
    ),
  );
  const tokens = within(screen.getByRole("region", { name: "Tokens" }));
  expect(tokens.getByRole("row", { name: "of it read from cache 800" })).toBeTruthy();
  expect(tokens.queryByRole("row", { name: /reasoning/ })).toBeNull();
  expect(tokens.getByRole("row", { name: "Together 1,500" })).toBeTruthy();
  expect(screen.getByText("$0.02 + 2 calls unknown")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Attempts" })).getByText("agent_timed_out: no answer")).toBeTruthy();
  expect(screen.getByText("It has no output yet.")).toBeTruthy();
});

it("says that single attempts are not recorded", async () => {
  const details = {
    kind: "agent",
    runner: null,
    calledAt: null,
    callbackUntil: null,
    failedAttempts: 2,
    attempts: null,
  } as const;
  await shown(overview(details));
  expect(screen.getByRole("region", { name: "Attempts" }).textContent).toContain("2 attempts failed");
  expect(screen.getByText("the single attempts are not recorded")).toBeTruthy();
});

const GATED: WorkflowDetails = {
  kind: "workflow",
  steps: [
    step("read", { tries: 2 }),
    step("never", { status: "skipped", startedAt: null, when: "input.n > 9", condition: false, needs: ["read"] }),
    step("each", { action: "map", items: { total: 5000, byStatus: { completed: 4198, failed: 12 } }, needs: ["read"] }),
    step("legal", {
      action: "approval",
      status: "waiting",
      finishedAt: null,
      runId: null,
      gate: { question: "Is it legal?", expiresAt: null, decision: null },
    }),
  ],
};

it("decides a gate by its name, with a comment", async () => {
  const sent = vi.fn();
  answer("post", "/api/runs/{run_id}/signal", ({ body }) => {
    sent(body);
    return {} as never;
  });
  const { user } = await shown(overview(GATED, { signals: ["approve", "reject"] }));
  await user.type(screen.getByRole("textbox", { name: /Comment/ }), "fine");
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Approve legal" }).hasAttribute("disabled")).toBe(false),
  );
  await user.click(screen.getByRole("button", { name: "Approve legal" }));
  await waitFor(() =>
    expect(sent.mock.calls).toEqual([[{ signal: "approve", argument: { step: "legal", comment: "fine" } }]]),
  );
  expect(screen.getByRole("button", { name: "Reject legal" })).toBeTruthy();
});

it("shows conditions, items and tries of steps, and draws what did not hold dashed", async () => {
  await shown(overview(GATED));
  expect(screen.getByText("input.n > 9").parentElement?.textContent).toContain("did not hold");
  expect(screen.getByText("4,198 completed, 12 failed of 5,000")).toBeTruthy();
  expect(screen.getByTitle("Tried 2 times")).toBeTruthy();
  const graph = graphOfSteps(GATED.steps);
  expect(graph.nodes.map(({ note, status }) => [note, status])).toEqual([
    ["scout", "completed"],
    ["scout", "skipped"],
    ["4,210 of 5,000 items, 12 failed", "completed"],
    ["asks a person", "waiting"],
  ]);
  expect(graph.edges).toEqual([
    { from: "read", to: "never", label: "if input.n > 9", dashed: true },
    { from: "read", to: "each" },
  ]);
});

it("says that the graph of an older run is not recorded, and lists its steps anyway", async () => {
  await shown(overview({ kind: "workflow", steps: [step("read", { needs: null })] }));
  expect(screen.getByText(/graph of the steps is not recorded/)).toBeTruthy();
  expect(screen.getByRole("link", { name: "read" }).getAttribute("href")).toBe("/runs/run-read");
  expect(screen.queryByRole("region", { name: "Graph" })).toBeNull();
});

it("numbers the hops of a network and says why each was chosen", async () => {
  const router = part("route-2", { name: "chooser" });
  await shown(
    overview(
      {
        kind: "network",
        maxHops: 8,
        ended: null,
        endedBecause: "no rule held",
        router: null,
        hops: [
          hop(1, "scout", { because: "the network starts with it" }),
          hop(2, "scout", { visit: 2, because: "the router chose it: more is needed", router }),
          hop(3, "writer"),
        ],
      },
      { status: "completed" },
    ),
  );
  const [, second, third] = screen.getAllByRole("listitem");
  expect(second?.textContent).toContain("2nd turn");
  expect(second?.textContent).toContain("The router chose it: more is needed");
  expect(within(second as HTMLElement).getByRole("link", { name: "asked chooser" })).toBeTruthy();
  expect(third?.textContent).toContain("not recorded");
  expect(screen.getByText("Ended: no rule held")).toBeTruthy();
  expect(screen.getByText("3 of at most 8 hops")).toBeTruthy();
});

it("shows a campaign's missions with costs, skips a pending task by name, and reports", async () => {
  const sent = vi.fn();
  answer("post", "/api/runs/{run_id}/signal", ({ body }) => {
    sent(body);
    return {} as never;
  });
  const tasks = [task("m0.t0"), task("m0.t1", { status: "pending", runId: null, startedAt: null, name: "later" })];
  const { user } = await shown(
    overview(
      {
        kind: "campaign",
        objective: null,
        requiredRate: 80,
        planner: null,
        missions: [
          {
            path: "m0",
            name: "Find",
            status: "running",
            startedAt: null,
            finishedAt: null,
            cost: { knownUsd: "0.12", unknown: 0, calls: 1 },
            byStatus: { completed: 1, pending: 1 },
            tasks,
          },
        ],
        report: {
          tasks: 2,
          byStatus: { completed: 1, pending: 1 },
          successRate: 50,
          isMet: false,
          failures: [{ error: { type: "agent", message: "lost" }, tasks: 3, first: "m0.t0" }],
          slowest: "m0.t0",
          costliest: null,
        },
      },
      { signals: ["skip_task"] },
    ),
  );
  expect(screen.getByText("not recorded")).toBeTruthy();
  const missions = within(screen.getByRole("region", { name: "Missions" }));
  expect(missions.getByText("$0.12")).toBeTruthy();
  expect(missions.getByRole("link", { name: "m0.t0: Completed" })).toBeTruthy();
  expect(screen.getByText("Too few tasks completed")).toBeTruthy();
  expect(screen.getByText("3×").parentElement?.textContent).toContain("lost");
  await user.click(missions.getByRole("button", { name: "Find" }));
  await waitFor(() =>
    expect(missions.getByRole("button", { name: "Skip later" }).hasAttribute("disabled")).toBe(false),
  );
  await user.click(missions.getByRole("button", { name: "Skip later" }));
  await waitFor(() => expect(sent.mock.calls).toEqual([[{ signal: "skip_task", argument: { task: "Find/later" } }]]));
});

it("shows a pulse's rankings before and after, and its capacity changes", async () => {
  const members = [
    member("scout", { placeBefore: 2, scoreBefore: 50, action: "promote", capacityAfter: 3, reason: "100% of 4 runs" }),
    member("late", { place: 2, placeBefore: 1, action: "wait", score: null, successRate: null }),
    member("new", { place: 3 }),
  ];
  const report = {
    goal: "grow",
    since: null,
    until: "2026-03-02T10:00:00Z",
    finished: 8,
    successRate: 62.5,
    openRuns: 1,
    hasRankingBefore: true,
    members,
  };
  await shown(overview({ kind: "pulse", collecting: null, report }));
  const rows = within(screen.getByRole("table")).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringMatching(/^1from 2scout50 → 100100%/),
    expect.stringMatching(/^2from 1late—/),
    expect.stringMatching(/^3new/),
  ]);
  const changes = within(screen.getByRole("region", { name: "Capacity changes" }));
  expect(changes.getByRole("listitem").textContent).toContain("100% of 4 runs");
  expect(screen.getByText(/1 run still open, left to the next evaluation/)).toBeTruthy();
});

it("says that an older pulse's rankings are not recorded", async () => {
  await shown(
    overview(
      { kind: "pulse", collecting: "4 finished runs of 2 members", report: null },
      { status: "completed", finishedAt: "2026-03-02T10:00:00Z" },
    ),
  );
  expect(screen.getByText(/rankings are not recorded/)).toBeTruthy();
});
