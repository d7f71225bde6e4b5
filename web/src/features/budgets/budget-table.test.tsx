// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { Budget } from "@/api/types";
import { Toasts } from "@/components/messages/toast";
import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";

import { BudgetDialog } from "./budget-dialog";
import { BudgetTable } from "./budget-table";

const BUDGET: Budget = {
  id: "11111111-1111-1111-1111-111111111111",
  scope: "kind",
  target: "agent",
  targetId: null,
  name: "All agents",
  limitUsdMonth: "100",
  timezone: "Europe/Berlin",
  warnAtPercent: [80],
  action: "stop",
  estimateUsd: null,
  state: "warning",
  month: {
    startsAt: "2026-02-28T23:00:00Z",
    endsAt: "2026-03-31T22:00:00Z",
    spentUsd: "84",
    reservedUsd: "6",
    leftUsd: "10",
    runsUnderWay: 2,
    unknownRuns: 1,
    refusedRuns: 0,
    stoppedAt: null,
  },
  outlook: {
    monthEndUsd: "130",
    monthEndP90Usd: "150",
    endsOn: "2026-03-20",
    endsOnP90: "2026-03-18",
    endsOnAtPace: "2026-03-24",
    unknownAutomations: 0,
  },
  waiting: { runs: 3, automations: [{ id: "a", slug: "digest", name: "Digest" }] },
  managedBy: null,
  revision: 4,
  createdAt: "2026-03-01T00:00:00Z",
  createdBy: "ada",
  updatedAt: "2026-03-01T00:00:00Z",
};

it("shows what is spent, reserved and unknown, when it ends, and who waits", async () => {
  await show(<BudgetTable budgets={[BUDGET]} />);
  const row = screen.getByRole("row", { name: /All agents/ });
  expect(within(row).getAllByText("$84.00 of $100.00 (84%)").length).toBeGreaterThan(0);
  expect(within(row).getAllByText("$6.00 reserved for 2 runs, 1 run of unknown cost").length).toBeGreaterThan(0);
  expect(within(row).getAllByText("Ends Fri 20 Mar").length).toBeGreaterThan(0);
  expect(within(row).getAllByText("3 runs waiting").length).toBeGreaterThan(0);
  expect(within(row).getAllByRole("button", { name: "Digest" }).length).toBeGreaterThan(0);
  expect(screen.queryByRole("button", { name: /Actions/ })).toBeNull();
});

it("changes a budget at the revision that was shown, and shows what the API refuses at its field", async () => {
  const sent: unknown[] = [];
  answer("patch", "/api/budgets/{budget_id}", ({ body }) => {
    sent.push(body);
    return sent.length === 1 ? refusal(422, "unknown_timezone", "not a time zone") : BUDGET;
  });
  const closed = vi.fn();
  const { user } = await show(
    <>
      <BudgetDialog budget={BUDGET} onClose={closed} />
      <Toasts />
    </>,
  );
  const limit = screen.getByLabelText("Limit (USD per month)");
  await user.clear(limit);
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(screen.getByText("Enter an amount, such as 25.00.")).toBeTruthy();
  await user.type(limit, "120");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Not a time zone");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(closed).toHaveBeenCalled());
  expect(sent[1]).toEqual({
    limitUsdMonth: "120",
    warnAtPercent: [80],
    action: "stop",
    timezone: "Europe/Berlin",
    estimateUsd: null,
  });
});
