import { expect, test } from "vitest";

import type { SpreadPlan } from "@/api/load";

import { outcome, shiftInWords } from "./words";

test("a shift is told in hours and minutes", () => {
  expect([7, -7, 60, 95, -120].map(shiftInWords)).toEqual([
    "7 min later",
    "7 min earlier",
    "1 h later",
    "1 h 35 min later",
    "2 h earlier",
  ]);
});

test("what was due around the change is told by name", () => {
  const runsTwice = Array.from({ length: 5 }, (_, at) => ({ name: `N${at}` }));
  const plan = { moves: [{}], changeover: { runsTwice, skipsOnce: [] } } as unknown as SpreadPlan;
  expect(outcome(plan, "moved")).toBe(
    "1 schedule moved. Due again shortly, though due just now: N0, N1, N2 and 2 more.",
  );
  expect(outcome({ ...plan, changeover: null }, "moved back")).toBe("1 schedule moved back.");
});
