// @vitest-environment jsdom
import { expect, it } from "vitest";

import { rememberWanted, takeWanted } from "./wanted";

const NOW = 1_000_000_000;

it("gives the place where somebody wanted to go, once", () => {
  rememberWanted("/runs?kind=agent", NOW);
  expect(takeWanted(NOW + 60_000)).toBe("/runs?kind=agent");
  expect(takeWanted(NOW + 60_000)).toBeNull();
});

it("forgets it after a quarter of an hour, and never leads elsewhere", () => {
  rememberWanted("/runs", NOW);
  expect(takeWanted(NOW + 16 * 60_000)).toBeNull();
  rememberWanted("//evil.test/", NOW);
  expect(takeWanted(NOW)).toBeNull();
  rememberWanted("/", NOW);
  expect(takeWanted(NOW)).toBeNull();
});
