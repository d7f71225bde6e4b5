import { describe, expect, it } from "vitest";

import type { CalendarEntry } from "@/api/outlook";

import { failuresOf, spans } from "./grid/bars";
import { daysOf, endOf, rangeOf, step, titleOf } from "./dates";
import { byHour, loads } from "./grid/hours";
import { firstOf, placesFor, ranked } from "./grid/ranking";

const entry = (automationId: string, at: string, cadence: string | null = null, scheduled = true) =>
  ({ automationId, at, cadence, scheduled }) as CalendarEntry;

const title = (day: string) => titleOf("week", day, daysOf("week", day));

const failed = (day: string, count: number) => ({
  ...entry("a", `2026-11-${day}T00:00:00Z`, "Every hour, 24 a day"),
  failed: count,
});
const ids = (entries: CalendarEntry[]) => firstOf(entries, 2).map((one) => one.automationId);

describe("the calendar's days", () => {
  it("shows seven days from a day on, and fills months up to whole weeks from Monday", () => {
    expect(daysOf("week", "2026-11-22")).toEqual([
      "2026-11-22",
      "2026-11-23",
      "2026-11-24",
      "2026-11-25",
      "2026-11-26",
      "2026-11-27",
      "2026-11-28",
    ]);
    const november = daysOf("month", "2026-11-22");
    expect([november[0], november.at(-1), november.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
  });

  it("asks for no day that the calendar has not, and says where it ends", () => {
    expect(rangeOf(daysOf("week", "2026-11-22"))).toEqual({ from: "2026-11-22", to: "2026-11-29" });
    expect(rangeOf(daysOf("month", "2099-12-05"))).toEqual({ from: "2099-11-30", to: "2099-12-31T23:59:59" });
    expect(rangeOf(daysOf("month", "1970-01-05"))).toEqual({ from: "1970-01-01", to: "1970-02-09" });
    expect(endOf("month", "2099-12-05")).toBe("The calendar ends in 2099.");
    expect(endOf("day", "1970-01-01")).toBe("The calendar starts in 1970.");
    expect(endOf("week", "2026-11-22")).toBeNull();
  });

  it("names the days that it shows", () => {
    expect(title("2026-11-29")).toBe("29 Nov to 5 Dec 2026");
    expect(title("2026-12-30")).toBe("30 Dec 2026 to 5 Jan 2027");
    expect(titleOf("month", "2026-11-29", [])).toBe("November 2026");
  });

  it("never folds a single one", () => {
    expect([5, 6, 7, 8].map((many) => placesFor(many, 6))).toEqual([6, 6, 7, 6]);
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

  it("keeps the days of a trigger apart, because their counts are", () => {
    const days = daysOf("week", "2026-11-16");
    const found = spans(
      [
        entry("a", "2026-11-16T10:00:00-05:00", "14 runs", false),
        entry("a", "2026-11-17T10:00:00-05:00", "14 runs", false),
      ],
      days,
    );
    expect(found.map(({ from, to, lane }) => [from, to, lane])).toEqual([
      [0, 0, 0],
      [1, 1, 0],
    ]);
  });

  it("lets bars that do not meet share a line, the longest on the first", () => {
    const days = daysOf("week", "2026-11-16");
    const found = spans(
      [
        entry("short", "2026-11-16T10:00:00-05:00", "12 runs", false),
        ...["16", "17", "18"].map((day) => entry("long", `2026-11-${day}T00:00:00-05:00`, "Every hour, 24 a day")),
        entry("late", "2026-11-20T10:00:00-05:00", "13 runs", false),
      ],
      days,
    );
    expect(found.map(({ key, lane }) => [key, lane])).toEqual([
      ["long-0", 0],
      ["short-0", 1],
      ["late-4", 0],
    ]);
  });

  it("says of failures of several days that they are a sum", () => {
    const days = daysOf("week", "2026-11-16");
    const told = (...entries: CalendarEntry[]) => spans(entries, days).map(failuresOf);
    expect(told(failed("16", 2), failed("17", 0), failed("18", 1))).toEqual(["3 failed in 3 days"]);
    expect(told(failed("16", 2), failed("18", 1))).toEqual(["2 failed", "1 failed"]);
    expect(told(failed("16", 0))).toEqual([null]);
  });

  it("ranks a day's failures before what fires often, and that before the rest", () => {
    const at = "2026-11-16T10:00:00Z";
    const found = ranked([
      { ...entry("rest", at), primitiveType: "agent" },
      { ...entry("seldom", at), primitiveType: "campaign" },
      { ...entry("often", at, "Every hour, 24 a day"), primitiveType: "agent" },
      { ...entry("broken", at), primitiveType: "agent", status: "completed" },
      { ...entry("broken", at), primitiveType: "agent", status: "failed" },
    ]);
    expect(found.map((one) => [one.automationId, one.status])).toEqual([
      ["broken", "failed"],
      ["often", undefined],
      ["seldom", undefined],
      ["rest", undefined],
    ]);
  });

  it("keeps a month's last place for what fires often", () => {
    const single = ["a", "b", "c"].map((id) => entry(id, "2026-11-16T10:00:00Z"));
    const often = entry("often", "2026-11-16T00:00:00Z", "Every hour, 24 a day");
    expect(ids([...single, often])).toEqual(["a", "often"]);
    expect(ids([often, ...single])).toEqual(["often", "a"]);
    expect(ids(single)).toEqual(["a", "b"]);
  });

  it("puts fires into the hour of their own wall clock", () => {
    const cells = byHour([entry("a", "2026-11-16T22:05:00-05:00"), entry("b", "2026-11-16T22:59:00-05:00")]);
    expect(cells.get("2026-11-16T22")?.length).toBe(2);
  });

  it("sums an hour that comes twice, and shows the busier one's concurrency", () => {
    const found = loads([
      {
        start: "2026-11-01T01:00:00-04:00",
        concurrency: 2,
        band: "low",
        fires: 3,
        failed: 1,
        byPrimitive: { agent: 3 },
      },
      {
        start: "2026-11-01T01:00:00-05:00",
        concurrency: 5,
        band: "medium",
        fires: 4,
        failed: 0,
        byPrimitive: { agent: 1, pulse: 3 },
      },
    ]);
    const hour = found.get("2026-11-01T01");
    expect(hour?.concurrency).toBe(5);
    expect(hour?.fires).toBe(7);
    expect(hour?.byPrimitive).toEqual({ agent: 4, pulse: 3 });
    expect(hour?.start).toBe("2026-11-01T01:00:00-04:00");
  });
});
