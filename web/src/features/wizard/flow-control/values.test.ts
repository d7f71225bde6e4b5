import { describe, expect, it } from "vitest";

import type { FlowControl } from "@/api/types";
import { writeJson } from "@/lib/text/exact-json";

import { emptyForm, patchOf, previewOf } from "../draft";
import { validationErrors } from "../validation";
import { conflictOf, flowControlOf, type FlowForm, flowFormOf, uselessBecause } from "./values";

const ALL: FlowControl = {
  concurrency: { limit: 5, key: "payload.a", perKey: 1 },
  throttle: { limit: 5, periodSeconds: 60, burst: 0, key: null },
  rateLimit: { limit: 100, periodSeconds: 3600, key: "payload.b" },
  debounce: { periodSeconds: 30, maxSeconds: 300, key: null, keep: "all" },
  batch: null,
  priority: "payload.urgent ? 300 : 0",
  singleton: null,
  idempotency: { expression: "payload.id", ttlSeconds: 60 },
  maxQueue: 50,
  maxWaitSeconds: 3600,
};
const OFF: FlowControl = {
  ...Object.fromEntries(Object.keys(ALL).map((limit) => [limit, null])),
  maxQueue: 10_000,
};

const switched = (form: FlowForm, ...limits: (keyof FlowForm)[]): FlowForm => ({
  ...form,
  ...Object.fromEntries(limits.map((limit) => [limit, { ...form[limit], on: !form[limit].on }])),
});

describe("the values of the form", () => {
  it("are what the API has, and back again", () => {
    expect(flowControlOf(flowFormOf(ALL))).toEqual(ALL);
    expect(flowControlOf(flowFormOf(null))).toBeNull();
    expect(flowControlOf(flowFormOf(OFF))).toBeNull();
    const other: FlowControl = { ...OFF, singleton: { mode: "cancel", key: null }, batch: null };
    expect(flowControlOf(flowFormOf(other))).toEqual(other);
  });

  it("stay while a limit is off", () => {
    const form = switched(flowFormOf(ALL), "concurrency");
    expect(flowControlOf(form)?.concurrency).toBeNull();
    expect(flowControlOf(switched(form, "concurrency"))).toEqual(ALL);
  });
});

describe("an edit", () => {
  const before = { ...emptyForm("agent", "scout", "UTC"), name: "Nightly", flowControl: flowFormOf(ALL) };

  it("sends the limits that it changes, and null for one that it removes", () => {
    expect(patchOf({ ...before, description: "New." }, before)).toEqual({ description: "New." });
    const form = switched(before.flowControl, "throttle", "maxQueue");
    expect(patchOf({ ...before, flowControl: form }, before)).toEqual({
      flowControl: { throttle: null, maxQueue: 10_000 },
    });
  });

  it("sends null where no limit is left, and everything where there was none", () => {
    const none = { ...before, flowControl: flowFormOf(null) };
    expect(patchOf(none, before)).toEqual({ flowControl: null });
    expect(patchOf(before, none)).toEqual({ flowControl: ALL });
  });

  it("writes an empty field that is needed as null, which the API refuses", () => {
    const { concurrency, ...rest } = before.flowControl;
    const throttle = { on: true, values: { ...rest.throttle.values, limit: "" } };
    const patch = patchOf({ ...before, flowControl: { concurrency, ...rest, throttle } }, before);
    expect(writeJson(patch)).toContain('"limit":null');
    expect(validationErrors({ ...before, flowControl: { concurrency, ...rest, throttle } })).toEqual({
      "flowControl.throttle.limit": "Enter a number.",
    });
  });
});

it("names what a limit excludes, and what has no effect", () => {
  const none = flowFormOf(null);
  expect(conflictOf("batch", switched(none, "debounce"), "event")).toBe("Not together with debounce.");
  expect(conflictOf("singleton", switched(none, "concurrency"), "event")).toBe("Not together with concurrency.");
  expect(conflictOf("concurrency", switched(none, "throttle"), "event")).toBeUndefined();
  expect(conflictOf("idempotency", none, "schedule")).toBe("A schedule has no deliveries.");
  expect(conflictOf("idempotency", none, "webhook")).toBeUndefined();
  expect(uselessBecause("priority", none)).toBe("No limit makes runs wait.");
  expect(uselessBecause("priority", switched(none, "throttle"))).toBeUndefined();
  expect(uselessBecause("rateLimit", none)).toBeUndefined();
});

it("asks the preview to try expressions, on the default payload too", () => {
  const form = { ...emptyForm("agent", "scout", "UTC"), payload: '{"a": 1}' };
  expect(previewOf(form, null, { payload: "", headers: "" })).not.toHaveProperty("flowControl");
  const asked = previewOf({ ...form, flowControl: flowFormOf(ALL) }, null, { payload: "", headers: "" });
  expect(asked).toMatchObject({ payload: { a: 1 }, flowControl: { concurrency: { key: "payload.a" } } });
});
