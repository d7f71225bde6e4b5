import { describe, expect, it } from "vitest";

import { outcome } from "./outcome";

const run = { error: null, stuck: null, stuckBelow: null, held: null, reason: null, preview: null };

describe("outcome", () => {
  it("says the error or the reason before anything else", () => {
    expect(outcome({ ...run, error: { type: "agent", message: "no answer" }, preview: "x" })).toBe("no answer");
    expect(outcome({ ...run, reason: "over_budget" })).toBe("over budget");
    expect(outcome({ ...run, reason: "batched" })).toBe("part of a batch");
    expect(outcome({ ...run, held: { by: "throttle", since: "2026-11-29T12:00:00Z" } })).toBe("waiting: throttle");
    const stuck = { message: "not deterministic", attempts: 3, since: "2026-11-29T12:00:00Z", lastBuild: null };
    expect(outcome({ ...run, stuck })).toBe("not deterministic");
    const stuckBelow = { runId: "r", name: "Scout", since: "2026-11-29T12:00:00Z" };
    expect(outcome({ ...run, stuckBelow })).toBe("Waits for Scout, which is stuck");
  });
  it("shows the beginning of the output otherwise", () => {
    expect(outcome({ ...run, preview: "done" })).toBe("done");
    expect(outcome(run)).toBe("");
  });
});
