import { describe, expect, it } from "vitest";

import { bandPath, scaleOf, stepPath } from "./paths";

const usual = (low: number, median: number, high: number) => ({ low, median, high });

describe("the history's paths", () => {
  it("draws steps and leaves gaps", () => {
    const scale = scaleOf([0, 10, 5], [], 40);
    expect(stepPath([0, 10, null, 5], scale)).toBe("M0 40H1V0H2M3 20H4");
  });

  it("closes each band along its lower edge", () => {
    const scale = scaleOf([10], [], 10);
    expect(bandPath([usual(1, 2, 3), usual(2, 3, 4), null], scale)).toBe("M0 9V7H1V6H2V8H1V9H0Z");
  });

  it("cuts off what is usual far above what happened", () => {
    const scale = scaleOf([10], [usual(0, 0, 1000)], 10);
    expect([scale(0), scale(10), scale(1000)]).toEqual([10, 5, 0]);
  });
});
