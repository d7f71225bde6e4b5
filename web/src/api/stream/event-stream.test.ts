import { expect, test } from "vitest";

import { isHeard } from "./event-stream";

const OPEN = 1;
const CONNECTING = 0;

test("a stream is live only while it is open and has said something lately", () => {
  expect(isHeard(OPEN, 100_000, 111_000)).toBe(true);
  expect(isHeard(OPEN, 100_000, 113_000)).toBe(false);
  expect(isHeard(CONNECTING, 100_000, 101_000)).toBe(false);
  expect(isHeard(OPEN, 0, 101_000)).toBe(false);
});
