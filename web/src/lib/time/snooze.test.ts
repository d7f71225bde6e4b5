import { describe, expect, it } from "vitest";

import { instantIn, snoozeChoices, snoozedUntil } from "./snooze";

const NOW = Date.parse("2026-03-07T20:15:30.500Z");

describe("snooze", () => {
  it("offers an hour, two, and the next morning of the zone", () => {
    const untils = snoozeChoices(NOW, "America/New_York").map((choice) => choice.until);
    // Daylight saving starts that night: 09:00 is 13:00 UTC.
    expect(untils).toEqual(["2026-03-07T21:15:30.000Z", "2026-03-07T22:15:30.000Z", "2026-03-08T13:00:00.000Z"]);
    expect(snoozeChoices(NOW, "Asia/Tokyo")[2]?.until).toBe("2026-03-09T00:00:00.000Z");
  });

  it("reads a local time in the zone", () => {
    expect(instantIn("America/New_York", "2026-03-08T09:30")).toBe("2026-03-08T13:30:00.000Z");
    expect(instantIn("Europe/Berlin", "2026-07-01T00:00")).toBe("2026-06-30T22:00:00.000Z");
    expect(instantIn("UTC", "")).toBeUndefined();
  });

  it("names the day only where it is another one", () => {
    expect(snoozedUntil("2026-03-07T22:00:00Z", NOW, "UTC")).toBe("Snoozed until 22:00");
    expect(snoozedUntil("2026-03-08T09:00:00Z", NOW, "UTC")).toContain("Sun");
  });
});
