import { describe, expect, it } from "vitest";

import { actionOf, needsOf, newStep, partOf, removed, renamed, withAction } from "./steps";

const read = { key: "read", agent: "scout", http: null, map: null, retry: { maxAttempts: 2 }, unknown: 1 };
const write = { key: "write", agent: "writer", needs: ["read"] };

describe("what a step does", () => {
  it("is told by the one field that is set; null is not", () => {
    expect(actionOf(read)).toBe("agent");
    expect(actionOf({ agent: "scout", map: "input.items" })).toBe("map");
    expect(actionOf({ agent: null, wait: { seconds: 5 } })).toBe("wait");
    expect(actionOf({})).toBe("agent");
  });

  it("changes without touching the rest, and comes back as it was", () => {
    const http = withAction(read, "http", {});
    expect(http).toEqual({ key: "read", retry: { maxAttempts: 2 }, unknown: 1, http: { method: "POST", url: "" } });
    expect(withAction(http, "agent", partOf(read))).toMatchObject({ key: "read", agent: "scout", unknown: 1 });
    expect(withAction(http, "approval", partOf(read))).not.toHaveProperty("agent");
  });
});

describe("the key of a step", () => {
  it("takes along what waits for it, through every letter that is typed", () => {
    const steps = [read, write, { key: "a" }];
    const needs = needsOf(steps, 0);
    const half = renamed(steps, 0, "a", needs);
    expect(half.map((step) => step.needs)).toEqual([undefined, ["a"], undefined]);
    expect(renamed(half, 0, "ab", needs)[1]?.needs).toEqual(["ab"]);
    expect(needsOf(half, 2)).toEqual([]);
  });

  it("is a free one for a new step, which waits for the last", () => {
    expect(newStep([read, { key: "step-3" }])).toEqual({ key: "step-4", agent: "", needs: ["step-3"] });
    expect(newStep([])).toEqual({ key: "step-1", agent: "" });
  });
});

it("lets nothing wait for a step that is gone", () => {
  expect(removed([read, write], 0)).toEqual([{ ...write, needs: [] }]);
});
