// @vitest-environment jsdom
import { expect, it } from "vitest";

import { rememberReturnTo, takeReturnTo } from "./return-to";

const NOW = 1_000_000_000;

it("gives the place where somebody wanted to go, once", () => {
  rememberReturnTo("/runs?kind=agent", NOW);
  expect(takeReturnTo(NOW + 60_000)).toBe("/runs?kind=agent");
  expect(takeReturnTo(NOW + 60_000)).toBeNull();
});

it("forgets it after a quarter of an hour, and never leads elsewhere", () => {
  rememberReturnTo("/runs", NOW);
  expect(takeReturnTo(NOW + 16 * 60_000)).toBeNull();
  rememberReturnTo("//evil.test/", NOW);
  expect(takeReturnTo(NOW)).toBeNull();
  rememberReturnTo("/", NOW);
  expect(takeReturnTo(NOW)).toBeNull();
});
