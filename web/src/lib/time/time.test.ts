import { describe, expect, it } from "vitest";

import { addDays, dayIn, dayOfWeek, duration, offsetMinutes, relative, startOfDay, stretch, wallMinutes } from "./time";

const at = (text: string) => Date.parse(text);

const begins = (day: string, zone: string) => new Date(startOfDay(day, zone)).toISOString();

describe("time", () => {
  it("is relative in one unit", () => {
    const now = at("2026-11-22T12:00:00Z");
    expect(relative("2026-11-22T11:56:00Z", now)).toBe("4 m ago");
    expect(relative("2026-11-22T15:00:00Z", now)).toBe("in 3 h");
    expect(relative("2026-11-22T12:00:04Z", now)).toBe("now");
    expect(relative("2026-11-22T11:59:56Z", now)).toBe("just now");
    expect(relative("2026-11-20T12:00:00Z", now)).toBe("2 d ago");
  });

  it("says durations in the units that people read", () => {
    expect([0, 940, 4200, 9960, 38_000, 59_700, 95_000, 3_599_800, 7_260_000, null].map(duration)).toEqual([
      "0 ms",
      "940 ms",
      "4.2 s",
      "10 s",
      "38 s",
      "1 m 0 s",
      "1 m 35 s",
      "1 h 0 m",
      "2 h 1 m",
      "—",
    ]);
  });

  it("begins a day where its zone does, also when clocks change", () => {
    expect(begins("2026-11-22", "America/New_York")).toBe("2026-11-22T05:00:00.000Z");
    expect(begins("2026-11-01", "America/New_York")).toBe("2026-11-01T04:00:00.000Z");
    expect(begins("2026-11-02", "America/New_York")).toBe("2026-11-02T05:00:00.000Z");
    expect(begins("2026-03-29", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
    expect(begins("2026-06-01", "Asia/Kolkata")).toBe("2026-05-31T18:30:00.000Z");
  });

  it("knows days, weeks and offsets", () => {
    expect(dayIn("Asia/Tokyo", at("2026-11-22T20:00:00Z"))).toBe("2026-11-23");
    expect(addDays("2026-02-27", 2)).toBe("2026-03-01");
    expect(dayOfWeek("2026-11-23")).toBe(0);
    expect(offsetMinutes("Asia/Kolkata", at("2026-11-22T20:00:00Z"))).toBe(330);
    expect(wallMinutes("2026-11-22T22:30:00-05:00")).toBe(22 * 60 + 30);
  });

  it("says a stretch of time, and a whole day as that day", () => {
    const zone = "America/New_York";
    expect(stretch("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", zone)).toBe("on Sun 1 Nov");
    expect(stretch("2026-11-01T00:00:00-04:00", "2026-11-01T12:00:00-05:00", zone)).toBe(
      "Sun 01 Nov, 00:00 to Sun 01 Nov, 12:00",
    );
    expect(stretch("2026-11-01T09:00:00-05:00", undefined, zone)).toBe("from Sun 01 Nov, 09:00");
  });
});
