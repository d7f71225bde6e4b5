import { expect, it } from "vitest";

import { moved } from "./roving";

it("moves along a row and stays within it", () => {
  expect(moved("ArrowLeft", 3, 5)).toBe(2);
  expect(moved("ArrowRight", 4, 5)).toBe(4);
  expect(moved("ArrowLeft", 0, 5)).toBe(0);
  expect(moved("Home", 3, 5)).toBe(0);
  expect(moved("End", 0, 5)).toBe(4);
  expect(moved("Enter", 3, 5)).toBeUndefined();
});
