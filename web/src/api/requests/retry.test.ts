import { expect, test } from "vitest";

import { retryAfter, isRetryable } from "./retry";
import { ApiError, SILENT, UNREACHABLE } from "../client";

const problem = (status: number, code = "internal") => new ApiError({ code, status, detail: "no" });
const asked = (error: unknown, errorUpdateCount: number, status = "error") => ({
  state: { status, error, errorUpdateCount },
});

test("what the server failed at is asked for again, less and less often", () => {
  expect([1, 2, 3, 4, 9].map((count) => retryAfter(asked(problem(503), count)))).toEqual([
    5000, 10_000, 20_000, 30_000, 30_000,
  ]);
  expect(retryAfter(asked(null, 1, "success"))).toBe(false);
});

test("so is what got no answer, though everything else gets one", () => {
  expect([UNREACHABLE, SILENT].map((code) => retryAfter(asked(problem(0, code), 1)))).toEqual([5000, 5000]);
});

test("a refusal is final", () => {
  expect(retryAfter(asked(problem(404), 1))).toBe(false);
  expect([404, 422, 429, 500, 0].map((status) => isRetryable(problem(status)))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});
