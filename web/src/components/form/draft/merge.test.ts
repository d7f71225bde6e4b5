import { describe, expect, it } from "vitest";

import { emptyForm } from "@/features/wizard/draft";

import { differing, merged } from "./merge";

describe("two people at one automation", () => {
  const base = { ...emptyForm("agent", "scout", "UTC"), name: "Scout", budgetUsdMonth: "5" };
  const mine = { ...base, name: "My Scout", schedule: { ...base.schedule, cronExpr: "0 8 * * *" } };
  const theirs = {
    ...base,
    budgetUsdMonth: "9",
    schedule: { ...base.schedule, timezone: "Europe/Berlin", cronExpr: "0 7 * * *" },
  };

  it("differ by the names of the fields", () => {
    expect(differing(base, base)).toEqual([]);
    expect(differing(base, mine)).toEqual(["name", "schedule.cronExpr"]);
  });

  it("keep both what they changed; where both did, the one who merges wins", () => {
    const both = merged(base, mine, theirs);
    expect(both).toMatchObject({ name: "My Scout", budgetUsdMonth: "9" });
    expect(both.schedule).toMatchObject({ cronExpr: "0 8 * * *", timezone: "Europe/Berlin" });
    expect(theirs.name).toBe("Scout");
  });

  it("keep lists whole, and what one took away", () => {
    const spec = { name: "Desk", spec: { steps: [{ key: "a" }], timeoutSeconds: 5 } as Record<string, unknown> };
    const without = { ...spec, spec: { steps: [{ key: "a" }] } };
    const longer = { ...spec, spec: { steps: [{ key: "a" }, { key: "b" }], timeoutSeconds: 5 } };
    expect(differing(spec, without)).toEqual(["spec.timeoutSeconds"]);
    expect(differing(without, spec)).toEqual(["spec.timeoutSeconds"]);
    expect(merged(spec, without, longer)).toEqual({ name: "Desk", spec: { steps: [{ key: "a" }, { key: "b" }] } });
  });
});
