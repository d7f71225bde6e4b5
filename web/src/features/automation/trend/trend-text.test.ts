import { describe, expect, it } from "vitest";

import type { TrendDay } from "@/api/types";

import { column, hoursOf, others, outcomes, spending, ticks, told } from "./trend-text";

const quiet: TrendDay = {
  day: "2026-11-19",
  start: "2026-11-19T00:00:00-05:00",
  end: "2026-11-20T00:00:00-05:00",
  started: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  skipped: 0,
  missed: 0,
  successRate: null,
  severity: "healthy",
  avgDurationMs: null,
  spent: "0",
  avgCostPerRun: null,
  unknownCosts: 0,
};
const busy: TrendDay = {
  ...quiet,
  started: 5,
  completed: 3,
  failed: 1,
  skipped: 2,
  missed: 1,
  successRate: 75,
  severity: "unstable",
  avgDurationMs: 4200,
  spent: "1.5",
  avgCostPerRun: "0.5",
  unknownCosts: 2,
};

describe("trend", () => {
  it("names today, and from there back at even steps", () => {
    expect(ticks(7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(ticks(30)).toEqual([1, 8, 15, 22, 29]);
    expect(ticks(90)).toEqual([14, 29, 44, 59, 74, 89]);
  });

  it("stands each day at the same place in every chart, with a gap between", () => {
    const [first, last] = [column(0, 4), column(3, 4)];
    expect([first.x, last.x].map(parseFloat)).toEqual([2.75, 77.75]);
    expect(parseFloat(last.x) + parseFloat(last.width)).toBeCloseTo(97.25);
  });

  it("tells a day in one sentence", () => {
    expect(told(busy)).toBe(
      "Thu 19 Nov: 75%, 3 completed, 1 failed, 2 skipped, 1 missed, 4.2 s on average; cost: $1.50, $0.50 per run, of 2 runs unknown",
    );
    expect(told(quiet)).toBe("Thu 19 Nov: no run finished; cost: nothing spent");
    expect(others(quiet)).toBe("");
    expect(outcomes({ ...busy, failed: 0, successRate: 100 })).toBe("100%, 3 completed");
  });

  it("never says that an unknown cost is nothing", () => {
    expect(spending({ ...busy, spent: "0", avgCostPerRun: null })).toBe("unknown");
    expect(spending({ ...busy, unknownCosts: 0 })).toBe("$1.50, $0.50 per run");
  });

  it("knows how long a day is on which clocks change", () => {
    expect(hoursOf(quiet)).toBe(24);
    expect(hoursOf({ ...quiet, start: "2026-11-01T00:00:00-04:00", end: "2026-11-02T00:00:00-05:00" })).toBe(25);
  });
});
