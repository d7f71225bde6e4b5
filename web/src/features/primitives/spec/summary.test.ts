import { expect, it } from "vitest";

import { summaryOf, usesOf } from "./summary";

it("says what a primitive is made of, and not what its badge says already", () => {
  const runner = { type: "simulated", successRate: 0.9, durationMs: 50, costUsd: "0.01" };
  expect(summaryOf({ kind: "agent", spec: { runner } })).toBe("Simulated: 90% success, 50 ms, $0.01 per call");
  expect(summaryOf({ kind: "agent", spec: { runner: { type: "model", model: "openai:gpt-5-mini" } } })).toBe(
    "openai:gpt-5-mini",
  );
  expect(summaryOf({ kind: "workflow", spec: { steps: [{ key: "read" }, { key: "write" }] } })).toBe(
    "2 steps: read, write",
  );
  expect(summaryOf({ kind: "network", spec: { members: ["scout"], router: { type: "rules" } } })).toBe(
    "1 member, by rules",
  );
  expect(summaryOf({ kind: "campaign", spec: { objective: "Grow", missions: [], planner: "chief" } })).toBe(
    "chief plans: Grow",
  );
});

it("says what uses it", () => {
  expect(usesOf({ usedBy: { automations: 2, primitives: 1 } })).toBe("2 automations, 1 primitive");
  expect(usesOf({ usedBy: { automations: 0, primitives: 0 } })).toBe("");
});
