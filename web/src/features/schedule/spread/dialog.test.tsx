// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { SpreadPlan } from "@/api/load";
import { Toasts } from "@/components/messages/toast";
import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";
import { whatIfAnswer } from "@/testing/what-if";

import { SpreadDialog } from "./dialog";

const hours = (peak: number) => Array.from({ length: 168 }, (_, hour) => (hour % 24 === 9 ? peak : 0));

const peaks = (hour: number, minute: number) => ({
  peakHour: hour,
  peakHourAt: "2026-03-02T09:00:00+00:00",
  peakMinute: minute,
  peakMinuteAt: "2026-03-02T09:00:00+00:00",
  hours: hours(hour),
  minutes: hours(minute),
});

const PLAN: SpreadPlan = {
  planId: "11111111-1111-1111-1111-111111111111",
  createdAt: "2026-03-02T00:00:00Z",
  createdBy: "me",
  timezone: "UTC",
  start: "2026-03-02T00:00:00+00:00",
  before: peaks(12, 9),
  after: peaks(8, 3),
  lowerBound: { hour: 7, minute: 2 },
  target: { hour: 8, minute: 3 },
  reached: true,
  immovablePercent: 25,
  totalShiftMinutes: 7,
  moves: [
    {
      automationId: "1",
      slug: "digest",
      name: "Digest",
      timezone: "UTC",
      cronFrom: "0 9 * * *",
      cronTo: "7 9 * * *",
      textFrom: "At 09:00",
      textTo: "At 09:07",
      shiftMinutes: 7,
      wanted: "0 9 * * *",
      minutesFromWanted: 7,
      because: "minute",
    },
  ],
  unmovable: [
    { automationId: "2", slug: "report", name: "Report", reason: "paused", text: "it is paused" },
    { automationId: "3", slug: "backup", name: "Backup", reason: "no_slack", text: "it may not be moved" },
  ],
  appliedAt: null,
  appliedBy: null,
  undoneAt: null,
  undoneBy: null,
  changeover: null,
};

function signedInAs(scope: "admin" | "operate") {
  answer("get", "/api/session", () => ({ name: "me", scope }) as never);
}

function Page() {
  const [open, setOpen] = useState(true);
  return (
    <>
      {open && <SpreadDialog which={{ automations: ["digest"] }} onClose={() => setOpen(false)} />}
      <Toasts />
    </>
  );
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  answer("post", "/api/load/what-if", () => whatIfAnswer(120_000, 5000));
});
afterEach(() => vi.useRealTimers());

it("shows what would move and why, what cannot, and both weeks; applies that plan and moves it back", async () => {
  signedInAs("admin");
  const asked: unknown[] = [];
  answer("post", "/api/load/spread", ({ body }) => {
    asked.push(body);
    return PLAN;
  });
  const done: string[] = [];
  answer("post", "/api/load/spread/{plan_id}/apply", ({ url }) => {
    done.push(url.pathname);
    return { ...PLAN, changeover: { runsTwice: [{ id: "1", slug: "digest", name: "Digest" }], skipsOnce: [] } };
  });
  answer("post", "/api/load/spread/{plan_id}/undo", ({ url }) => {
    done.push(url.pathname);
    return PLAN;
  });
  const { user } = await show(<Page />);
  const moves = await screen.findByRole("list", { name: "Moves" });
  expect(moves.textContent).toBe("Digest7 min laterAt 09:00 → At 09:07 (UTC; its minute is too full)");
  expect(asked).toEqual([
    { automations: ["digest"], slackMinutes: 15, targetHour: null, targetMinute: null, tz: expect.any(String) },
  ]);
  const load = screen.getByRole("region", { name: "Load of the week" });
  expect(within(load).getByRole("row", { name: /Busiest hour/ }).textContent).toContain("1287");
  expect(within(load).getByRole("img", { name: "Now: at most 12 agent runs" })).toBeTruthy();
  expect(within(load).getByRole("img", { name: "Planned: at most 8 agent runs" })).toBeTruthy();
  await user.click(within(load).getByRole("button", { name: /Busiest minute/ }));
  expect(within(load).getByRole("img", { name: "Planned: at most 3 agent runs" })).toBeTruthy();
  expect(load.textContent).toContain("25% of the busiest hour cannot leave that hour");
  const waits = await screen.findByRole("region", { name: "Waits" });
  expect((await within(waits).findByRole("row", { name: /95 of 100/ })).textContent).toContain("2 m 0 s5.0 s");
  await user.click(screen.getByText("2 schedules cannot move"));
  expect(screen.getByText(/1 are paused: Report/)).toBeTruthy();

  await user.click(screen.getByRole("button", { name: "Move 1 schedule" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await screen.findByText(/1 schedule moved\. Due again shortly, though due just now: Digest\./);
  await user.click(screen.getByRole("button", { name: /Undo/ }));
  await screen.findByText("1 schedule moved back.");
  expect(done.map((path) => path.split("/").at(-1))).toEqual(["apply", "undo"]);
});

it("plans again when the choice changes, and only says so meanwhile", async () => {
  signedInAs("admin");
  answer("post", "/api/load/spread", ({ body }) =>
    (body as { slackMinutes: number }).slackMinutes === 60 ? { ...PLAN, moves: [], reached: false } : PLAN,
  );
  const { user } = await show(<SpreadDialog which={{}} onClose={() => undefined} />);
  await screen.findByRole("list", { name: "Moves" });
  await user.selectOptions(screen.getByLabelText("May move by up to"), "60");
  expect(screen.queryByRole("list", { name: "Moves" })).toBeNull();
  await vi.advanceTimersByTimeAsync(600);
  await screen.findAllByText(/cannot be reached.*No schedule needs to move\./);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /Move/ }).disabled).toBe(true);
});

it("says which schedule has changed, and makes a new plan", async () => {
  signedInAs("admin");
  let plans = 0;
  answer("post", "/api/load/spread", () => {
    plans += 1;
    return PLAN;
  });
  answer("post", "/api/load/spread/{plan_id}/apply", () =>
    refusal(409, "plan_outdated", "changed since the plan was made: digest"),
  );
  const { user } = await show(<SpreadDialog which={{}} onClose={() => undefined} />);
  await user.click(await screen.findByRole("button", { name: "Move 1 schedule" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Changed since the plan was made: digest");
  await waitFor(() => expect(plans).toBe(2));
});

it("lets only administrators apply a plan", async () => {
  signedInAs("operate");
  answer("post", "/api/load/spread", () => PLAN);
  await show(<SpreadDialog which={{}} onClose={() => undefined} />);
  await screen.findByRole("list", { name: "Moves" });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Move 1 schedule" }).disabled).toBe(true);
});
