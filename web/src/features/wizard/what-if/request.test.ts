import { expect, it } from "vitest";

import { flowFormOf } from "../flow-control/values";
import { emptyForm } from "../draft";
import { AS_MEASURED, whatIfOf } from "./request";

const form = emptyForm("agent", "scout", "UTC");

it("asks about a new automation with what it runs and when, without its name", () => {
  expect(whatIfOf(form, form, null, AS_MEASURED, "UTC")).toMatchObject({
    additions: [
      {
        name: "New automation",
        source: "schedule",
        primitive: { kind: "agent", slug: "scout" },
        schedule: { cronExpr: "0 9 * * *" },
        flowControl: null,
      },
    ],
    hours: 24,
    tz: "UTC",
  });
});

it("asks about the changed fields of an edit that matter", () => {
  const changed = { ...form, description: "New.", budgetUsdMonth: "5" };
  expect(whatIfOf(changed, form, "nightly", AS_MEASURED, "UTC")).toEqual({
    changes: [{ automation: "nightly", budgetUsdMonth: "5" }],
    hours: 24,
    tz: "UTC",
  });
});

it("asks nothing while a field that it needs is not complete", () => {
  expect(whatIfOf({ ...form, primitive: "" }, form, null, AS_MEASURED, "UTC")).toBeNull();
  expect(whatIfOf({ ...form, payload: "{" }, form, null, AS_MEASURED, "UTC")).toBeNull();
  const empty = flowFormOf(null);
  const throttle = { on: true, values: { ...empty.throttle.values, limit: "" } };
  expect(whatIfOf({ ...form, flowControl: { ...empty, throttle } }, form, null, AS_MEASURED, "UTC")).toBeNull();
  const webhook = { ...form, source: "webhook" as const };
  expect(whatIfOf(webhook, form, null, AS_MEASURED, "UTC"), "its path does not matter").not.toBeNull();
});

it("assumes deliveries of triggers only, and only numbers", () => {
  const event = { ...form, source: "event" as const };
  const assumed = { arrivalsPerHour: "12" };
  expect(whatIfOf(event, form, null, assumed, "UTC")).toMatchObject({
    additions: [{ assume: { arrivalsPerHour: 12 } }],
  });
  expect(whatIfOf(form, form, null, assumed, "UTC")).not.toHaveProperty("additions[0].assume");
  expect(whatIfOf(event, form, null, { arrivalsPerHour: "-1" }, "UTC")).toBeNull();
});
