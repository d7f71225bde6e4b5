import { describe, expect, it } from "vitest";

import { changes, actionLabel } from "./changes";

describe("audit", () => {
  it("says what a change has changed, field by field", () => {
    const before = {
      description: "",
      schedule: { cronExpr: "5 * * * *", overlap: "skip" },
      isActive: true,
      payload: null,
    };
    const after = {
      description: "New",
      schedule: { cronExpr: "0 9 * * *", overlap: "skip" },
      isActive: false,
      payload: [1],
    };
    expect(changes({ action: "automation.changed", before, after })).toEqual([
      { field: "schedule.cronExpr", before: "5 * * * *", after: "0 9 * * *" },
      { field: "isActive", before: "yes", after: "no" },
      { field: "description", before: "", after: "New" },
      { field: "payload", before: "", after: "[1]" },
    ]);
  });

  it("tells what was taken away, and what only one side has", () => {
    expect(changes({ action: "dependency.removed", before: { dependsOn: "scout", note: "" }, after: null })).toEqual([
      { field: "dependsOn", before: "scout", after: "" },
    ]);
    const slowed = { before: { slowdown: null, revision: 3 }, after: { slowdown: 2, revision: 4 } };
    expect(changes({ action: "health.reduce_frequency", ...slowed })).toEqual([
      { field: "slowdown", before: "", after: "2" },
    ]);
  });

  it("says nothing twice", () => {
    expect(changes({ action: "automation.paused", before: { isActive: true }, after: { isActive: false } })).toEqual(
      [],
    );
    expect(changes({ action: "automation.created", before: null, after: { name: "x" } })).toEqual([]);
  });

  it("has words for actions that it knows, and the action's own for others", () => {
    expect(actionLabel("health.disable")).toBe("Disabled");
    expect(actionLabel("spread.applied_twice")).toBe("Spread applied twice");
  });
});
