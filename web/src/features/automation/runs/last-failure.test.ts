import { expect, it } from "vitest";

import type { Run } from "@/api/types";

import { lastFailure } from "./last-failure";

const run = (id: string, status: Run["status"], message?: string) =>
  ({ id, status, error: message ? { type: "agent", message } : null }) as Run;

it("finds the newest failure that tells an error", () => {
  const runs = [run("4", "completed"), run("3", "failed"), run("2", "failed", "no answer"), run("1", "failed", "old")];
  expect(lastFailure(runs)?.id).toBe("2");
  expect(lastFailure([run("1", "cancelled", "stopped")])).toBeUndefined();
});
