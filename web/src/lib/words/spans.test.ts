import { expect, it } from "vitest";

import { spansInWords } from "./spans";

const span = (waitedFor: "slot" | null, start: string, end: string | null) => ({
  waitedFor,
  startedAt: `2026-03-02T10:00:${start}Z`,
  endedAt: end && `2026-03-02T10:00:${end}Z`,
});

it("adds up what a part waited for, and what goes on up to now", () => {
  const spans = [span("slot", "00", "04"), span(null, "04", "05"), span("slot", "05", "06"), span(null, "06", null)];
  expect(spansInWords(spans, Date.parse("2026-03-02T10:00:08Z"))).toBe("waited 5.0 s for a free slot, worked 3.0 s");
  expect(spansInWords([], 0)).toBe("");
});
