import { describe, expect, it } from "vitest";

import type { ListedRun, RunPage } from "@/api/types";

import { shownRuns } from "./shown";

const run = (minute: number, status = "completed", id = `id-${minute}`) =>
  ({ id, status, queuedAt: `2026-03-02T12:${String(minute).padStart(2, "0")}:00Z` }) as ListedRun;
const page = (items: ListedRun[], nextCursor: string | null = null): RunPage => ({ items, nextCursor });

describe("the shown runs", () => {
  it("keep their places while newer ones are counted", () => {
    const { rows, newer, isLeast } = shownRuns([run(5), run(4)], page([run(7), run(6), run(5), run(4)]));
    expect(rows.map((row) => row.run.id)).toEqual(["id-5", "id-4"]);
    expect([newer, isLeast]).toEqual([2, false]);
  });
  it("are brought up to date in place", () => {
    const { rows } = shownRuns([run(5, "running"), run(4)], page([run(5, "failed"), run(4)]));
    expect(rows[0]?.run.status).toBe("failed");
  });
  it("say which do not match any more, as far as that is known", () => {
    const { rows } = shownRuns([run(5), run(4), run(3), run(2)], page([run(5), run(3)], "more"));
    expect(rows.map((row) => row.isGone)).toEqual([false, true, false, false]);
    expect(shownRuns([run(5), run(2)], page([run(5)])).rows.map((row) => row.isGone)).toEqual([false, true]);
    const cut = { ...page([run(5)], "more"), searchedTo: "2026-03-02T12:04:00Z" };
    expect(shownRuns([run(5), run(2)], cut).rows.map((row) => row.isGone)).toEqual([false, false]);
  });
  it("say that there may be more new ones than were looked at", () => {
    const found = shownRuns([run(1)], page([run(9), run(8)], "more"));
    expect([found.newer, found.isLeast, found.rows[0]?.isGone]).toEqual([2, true, false]);
    expect(shownRuns([], page([run(9)])).newer).toBe(1);
    expect(shownRuns([run(1)], undefined).newer).toBe(0);
  });
  it("may be newer than what was looked at", () => {
    expect(shownRuns([run(9), run(5)], page([run(5)])).rows.map((row) => row.isGone)).toEqual([false, false]);
  });
  it("of the same instant are in the order of their ids", () => {
    expect(shownRuns([run(5, "failed", "b")], page([run(5, "failed", "c"), run(5, "failed", "a")])).newer).toBe(1);
  });
});
