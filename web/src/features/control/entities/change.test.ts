import { describe, expect, it } from "vitest";

import { changeInWords } from "./change";

describe("a change against the day before", () => {
  it.each([
    [0, 0, ""],
    [5, 5, "as before"],
    [5, 0, "none before"],
    [0, 5, "−100%"],
    [112, 100, "+12%"],
    [75, 100, "−25%"],
    [1001, 1000, "as before"],
    [30, 10, "3.0 times"],
    [1200, 10, "120 times"],
  ])("%d after %d is %j", (now, before, text) => {
    expect(changeInWords(now, before)).toBe(text);
  });
});
