import { describe, expect, it } from "vitest";

import { BEGINNING } from "@/api/live";

import { overlaps, sliceAround } from "./windows";

describe("the part of the list that is asked for", () => {
  it("is the first page at the beginning", () => {
    expect(sliceAround(0, 35, 45)).toEqual(BEGINNING);
  });

  it("holds what is drawn and something beyond, wherever that is", () => {
    for (let first = 0; first < 700; first += 1) {
      const last = first + 44;
      const { start, size } = sliceAround(first, last, 45);
      expect(start).toBeLessThanOrEqual(Math.max(0, first - 20));
      expect(start + size).toBeGreaterThan(last + 20);
      expect(size).toBeLessThanOrEqual(150);
    }
  });

  it("grows with the screen", () => {
    const { start, size } = sliceAround(1000, 1150, 151);
    expect(start + size).toBeGreaterThan(1170);
  });

  it("overlaps with the next one", () => {
    expect(overlaps(sliceAround(0, 44, 45), sliceAround(100, 144, 45))).toBe(true);
    expect(overlaps(sliceAround(0, 44, 45), sliceAround(900, 944, 45))).toBe(false);
  });
});
