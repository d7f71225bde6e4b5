// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { Backfill, BackfillPlan } from "@/api/backfills";
import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";

import { BackfillDialog } from "./backfill-dialog";
import { BackfillList } from "./list";

const AUTOMATION = { slug: "nightly", name: "Nightly", isActive: true };
const at = (hour: number) => `2026-03-02T0${hour}:00:00Z`;
const PLAN: BackfillPlan = {
  token: "1772442000000-0",
  count: 2,
  leftOut: { ran: 1 },
  first: at(1),
  last: at(2),
  estimate: { meanUsd: "0.20", p90Usd: "0.30", unknownRuns: 0, seconds: 90, budgetLeftUsd: null },
  warnings: ["Up to 2 of them run side by side."],
  items: [
    { dueAt: at(1), runId: null, status: null, reason: null, name: null, queuedAt: null, leftOut: null },
    { dueAt: at(2), runId: "m", status: "missed", reason: "outage", name: null, queuedAt: null, leftOut: null },
    { dueAt: at(3), runId: "c", status: "completed", reason: null, name: null, queuedAt: null, leftOut: "ran" },
  ],
  backfill: null,
};
const BACKFILL: Backfill = {
  id: "b",
  kind: "backfill",
  status: "running",
  automation: { id: "a", slug: "nightly", name: "Nightly" },
  from: at(1),
  to: at(2),
  again: "none",
  filter: null,
  order: "oldest",
  limit: 1,
  force: false,
  fireDependents: false,
  total: 10,
  pending: 6,
  underWay: 1,
  completed: 2,
  failed: 1,
  cancelled: 0,
  skipped: 0,
  spentUsd: "0.03",
  estCostUsd: "0.10",
  endsAt: null,
  waitsFor: null,
  createdAt: at(4),
  createdBy: "ann",
  reason: null,
  pausedAt: null,
  pausedBy: null,
  pausedReason: null,
  cancelledAt: null,
  cancelledBy: null,
  finishedAt: null,
};

it("lists what runs and what is left out, and starts exactly that", async () => {
  const sent: unknown[] = [];
  answer("post", "/api/automations/{name}/backfill", ({ body }) => {
    sent.push(body);
    return (body as { dryRun?: boolean }).dryRun ? PLAN : { ...PLAN, items: [], backfill: BACKFILL };
  });
  const close = vi.fn();
  const { user } = await show(<BackfillDialog automation={AUTOMATION} onClose={close} />);
  const list = await screen.findByRole("region", { name: "What runs" });
  expect(
    within(list)
      .getAllByRole("listitem")
      .map((one) => one.textContent),
  ).toEqual([
    expect.stringContaining("no run"),
    expect.stringContaining("missed (outage)"),
    expect.stringContaining("left out: has run"),
  ]);
  expect(screen.getByText(/for \$0\.20 \(p90 \$0\.30\), in about 1 m 30 s/)).toBeTruthy();
  expect(screen.getByRole("note").textContent).toContain("side by side");
  await user.click(screen.getByRole("button", { name: "Run 2 due times" }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(sent.at(-1)).toMatchObject({ token: PLAN.token, again: "none", limit: 1, order: "oldest" });
  expect(sent.at(-1)).not.toHaveProperty("dryRun");
});

it("makes the list anew when it has changed since it was shown", async () => {
  let previews = 0;
  answer("post", "/api/automations/{name}/backfill", ({ body }) => {
    if (!(body as { dryRun?: boolean }).dryRun) return refusal(409, "plan_outdated", "what would run has changed");
    previews += 1;
    return PLAN;
  });
  const { user } = await show(<BackfillDialog automation={AUTOMATION} onClose={() => {}} />);
  await user.click(await screen.findByRole("button", { name: "Run 2 due times" }));
  expect((await screen.findByRole("alert")).textContent).toContain("What would run has changed");
  await waitFor(() => expect(previews).toBe(2));
});

it("shows how far a backfill is, and pauses and cancels it", async () => {
  const asked: string[] = [];
  answer("get", "/api/session", () => ({ name: "ann", scope: "operate" }) as never);
  for (const action of ["pause", "cancel"] as const) {
    answer("post", `/api/backfills/{backfill_id}/${action}`, () => {
      asked.push(action);
      return { ...BACKFILL, status: "paused" as const };
    });
  }
  const { user } = await show(<BackfillList backfills={[BACKFILL]} named />);
  expect(screen.getByRole("progressbar", { name: "Ended runs" }).getAttribute("aria-valuenow")).toBe("3");
  expect(screen.getByText("3 of 10, 2 completed, 1 failed, 1 under way")).toBeTruthy();
  await user.click(await screen.findByRole("button", { name: "Pause the backfill of Nightly" }));
  await waitFor(() => expect(asked).toEqual(["pause"]));
  await user.click(screen.getByRole("button", { name: "Cancel the backfill of Nightly" }));
  await waitFor(() => expect(asked).toEqual(["pause", "cancel"]));
});
