import { describe, expect, it } from "vitest";

import type { CalendarEntry } from "@/api/load";

import { byHour, daysOf, loads, spans, step } from "./days";

const entry = (automationId: string, at: string, cadence: string | null = null) =>
  ({ automationId, at, cadence }) as CalendarEntry;

describe("the calendar's days", () => {
  it("begins weeks on Monday and fills months up to whole weeks", () => {
    expect(daysOf("week", "2026-11-22")).toEqual([
      "2026-11-16",
      "2026-11-17",
      "2026-11-18",
      "2026-11-19",
      "2026-11-20",
      "2026-11-21",
      "2026-11-22",
    ]);
    const november = daysOf("month", "2026-11-22");
    expect([november[0], november.at(-1), november.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
  });

  it("steps over the ends of months and years", () => {
    expect(step("month", "2026-12-31", 1)).toBe("2027-01-01");
    expect(step("month", "2026-01-31", -1)).toBe("2025-12-01");
    expect(step("week", "2026-12-30", 1)).toBe("2027-01-06");
  });

  it("draws neighbouring whole days as one bar", () => {
    const days = daysOf("week", "2026-11-16");
    const every = "Every 30 min, 48 a day";
    const found = spans(
      [
        entry("a", "2026-11-16T00:00:00-05:00", every),
        entry("a", "2026-11-17T00:00:00-05:00", every),
        entry("a", "2026-11-19T00:00:00-05:00", every),
        entry("b", "2026-11-17T10:00:00-05:00"),
      ],
      days,
    );
    expect(found.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [3, 3],
    ]);
  });

  it("puts fires into the hour of their own wall clock", () => {
    const cells = byHour([entry("a", "2026-11-16T22:05:00-05:00"), entry("b", "2026-11-16T22:59:00-05:00")]);
    expect(cells.get("2026-11-16T22")?.length).toBe(2);
  });

  it("sums an hour that comes twice, and shows the busier one's concurrency", () => {
    const found = loads([
      { start: "2026-11-01T01:00:00-04:00", concurrency: 2, band: "low", fires: 3, failed: 1, byPrimitive: { agent: 3 } },
      { start: "2026-11-01T01:00:00-05:00", concurrency: 5, band: "medium", fires: 4, failed: 0, byPrimitive: { agent: 1, pulse: 3 } },
    ]);
    const hour = found.get("2026-11-01T01");
    expect(hour?.concurrency).toBe(5);
    expect(hour?.fires).toBe(7);
    expect(hour?.byPrimitive).toEqual({ agent: 4, pulse: 3 });
    expect(hour?.start).toBe("2026-11-01T01:00:00-04:00");
  });
});
