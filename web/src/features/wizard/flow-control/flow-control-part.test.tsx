// @vitest-environment jsdom
import "@/testing/setup";

import { screen } from "@testing-library/react";
import { useState } from "react";
import { expect, it } from "vitest";

import type { ExpressionResult } from "@/api/types";
import { show } from "@/testing/render";

import { emptyForm, type Form, NO_SAMPLE } from "../draft";
import type { Asked } from "../what-if/use-what-if";
import { FlowControlPart } from "./flow-control-part";

interface Given {
  source?: Form["source"];
  asked?: Asked;
  errors?: Record<string, string>;
  expressions?: ExpressionResult[];
}

const NOTHING: Asked = { allowed: true, asks: false, outdated: false, answer: {} as never };

function Shown({ source = "event", errors = {}, expressions = [], asked = NOTHING }: Given) {
  const [form, set] = useState<Form>({ ...emptyForm("agent", "scout", "UTC"), source });
  return (
    <FlowControlPart
      form={form}
      change={(part) => set((now) => ({ ...now, ...part }))}
      errors={errors}
      editing={false}
      ahead={{ data: { expressions } } as never}
      asked={asked}
      sample={NO_SAMPLE}
      tryOn={() => undefined}
    />
  );
}

const limit = (name: string) => screen.getByRole<HTMLButtonElement>("switch", { name });

it("says each limit in words as it is filled in", async () => {
  const { user } = await show(<Shown />);
  expect(screen.queryByRole("spinbutton")).toBeNull();
  await user.click(limit("Concurrency"));
  expect(screen.getByRole("note", { name: "Concurrency in words" }).textContent).toBe(
    "At most 1 run at once. More wait in order.",
  );
  await user.type(screen.getByLabelText("Key (CEL)"), "payload.customer");
  await user.type(screen.getByLabelText("Most for each value"), "1");
  expect(screen.getByRole("note", { name: "Concurrency in words" }).textContent).toBe(
    "At most 1 run at once; at most 1 for each value of payload.customer. More wait in order.",
  );
});

it("offers no limit that does not go with the others, and says why", async () => {
  const { user } = await show(<Shown />);
  expect(limit("Priority").disabled).toBe(true);
  await user.click(limit("Debounce"));
  expect(limit("Priority").disabled).toBe(false);
  expect([limit("Batch").disabled, limit("Singleton").disabled]).toEqual([true, true]);
  expect(screen.getAllByText("Not together with debounce.")).toHaveLength(2);
  await user.click(limit("Debounce"));
  expect(limit("Batch").disabled).toBe(false);
});

it("offers a schedule no limit of deliveries", async () => {
  await show(<Shown source="schedule" />);
  for (const name of ["Debounce", "Batch", "Idempotency"]) expect(limit(name).disabled).toBe(true);
  expect(screen.getAllByText("A schedule has no deliveries.")).toHaveLength(3);
});

it("shows what an expression yields, and the server's errors at their fields", async () => {
  const { user } = await show(
    <Shown
      errors={{ "flowControl.throttle.limit": "Too many.", "flowControl.throttle.key": "No such key." }}
      expressions={[{ field: "flowControl.concurrency.key", value: "acme", error: null }]}
    />,
  );
  await user.click(limit("Concurrency"));
  expect(screen.getByText("acme")).toBeTruthy();
  await user.click(limit("Throttle"));
  expect(screen.getByText("Too many.")).toBeTruthy();
  expect(screen.getByLabelText("Starts").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText("No such key.")).toBeTruthy();
});

it("says what the limits do, now and after saving", async () => {
  const flow = {
    arrivals: 50,
    waitingAtStart: 0,
    started: 48,
    missed: 0,
    skipped: { rate_limited: 2 },
    folded: {},
    stillWaiting: 0,
    cancelled: 0,
  };
  const waits = { runs: 48, waited: 0, p50Ms: 0, p95Ms: 0, longestMs: 0, stillWaiting: 0 };
  const before = { waits, flow: { ...flow, skipped: {} } };
  const after = { waits: { ...waits, waited: 12, p95Ms: 90_000, stillWaiting: 3 }, flow };
  const answer = { data: { automations: [{ before, after }] } } as never;
  const { user } = await show(<Shown asked={{ allowed: true, asks: true, outdated: false, answer }} />);
  expect(screen.queryByRole("note", { name: "What the limits do" })).toBeNull();
  await user.click(limit("Rate limit"));
  const told = screen.getByRole("note", { name: "What the limits do" }).textContent;
  expect(told).toContain("Now: No run waits.");
  expect(told).toContain("With these limits: 12 of 48 runs wait, 95 of 100 at most 1 m 30 s. 3 still wait at the end.");
  expect(told).toContain("Dropped: 2 rate limited.");
});
