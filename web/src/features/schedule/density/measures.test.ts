import { expect, it } from "vitest";

import type { Slot } from "@/api/outlook";

import { byDay, highestConcurrency, level, short, unitOf } from "./measures";

it("shades nothing at 0 and the most at 5", () => {
  expect([0, 0.1, 5, 10].map((value) => level(value, 10))).toEqual([0, 1, 3, 5]);
  expect(level(3, 0)).toBe(0);
});

it("writes numbers short", () => {
  expect([0, 0.25, 4, 12.4, 1234, 45_000].map(short)).toEqual(["0", "0.3", "4", "12", "1.2k", "45k"]);
});

it("keeps both hours of a fold on their day", () => {
  const slots = ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-02T00:00:00-05:00"].map(
    (start) => ({ start }) as Slot,
  );
  expect(byDay(slots).map(([day, found]) => [day, found.length])).toEqual([
    ["2026-11-01", 2],
    ["2026-11-02", 1],
  ]);
});

it("counts one in the singular", () => {
  expect([unitOf("weighted", 1), unitOf("weighted", 0.5), unitOf("starts", 1), unitOf("concurrency", 1)]).toEqual([
    "agent run",
    "agent runs",
    "start",
    "running at once",
  ]);
});

it("finds the first hour with the most at once, and none where nothing runs", () => {
  const slots = [0, 4, 2, 4].map((peakConcurrency, index) => ({ peakConcurrency, start: String(index) }) as Slot);
  expect(highestConcurrency(slots)?.start).toBe("1");
  expect(highestConcurrency(slots.slice(0, 1))).toBeUndefined();
});
