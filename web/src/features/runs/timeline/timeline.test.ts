import { describe, expect, it } from "vitest";

import type { RunNode, RunTree, Span } from "@/api/types";

import { barsOf, domainOf, ticksOf } from "./scale";
import { type Loaded, rowsOf } from "./rows";

const START = Date.parse("2026-03-02T10:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

function node(path: string, given: Partial<RunNode> = {}): RunNode {
  return { path, name: path, below: {}, spans: [], startedAt: at(0), endedAt: null, ...given } as RunNode;
}

function part(total: number, offset: number, ...nodes: RunNode[]): RunTree {
  return { total, offset, nodes } as RunTree;
}

const keys = (loaded: Loaded, chosen: Record<string, boolean> = {}, failed = false) =>
  rowsOf(loaded, new Map(Object.entries(chosen)), failed).map(
    (row) => `${"-".repeat(row.depth)}${row.node?.path ?? "?"}`,
  );

describe("rows", () => {
  const few = node("m0", { below: { completed: 2 } });
  const many = node("each", { below: { completed: 5000 } });
  const bad = node("bad", { below: { completed: 59, failed: 1 } });

  it("are folded above 50, unless something failed", () => {
    const top: Loaded = new Map([[null, new Map([[0, part(3, 0, few, many, bad)]])]]);
    const shown = keys(top);
    expect(shown.slice(0, 5)).toEqual(["m0", "-?", "-?", "each", "bad"]);
    expect(shown).toHaveLength(3 + 2 + 60);
    expect(keys(top, { m0: false, bad: false })).toEqual(["m0", "each", "bad"]);
    expect(keys(top, { each: true })).toHaveLength(3 + 2 + 5000 + 60);
  });

  it("find a node in the window that has it", () => {
    const loaded: Loaded = new Map([
      [null, new Map([[0, part(1, 0, many)]])],
      ["each", new Map([[1, part(5000, 200, node("each.200"))]])],
    ]);
    const shown = keys(loaded, { each: true });
    expect(shown[200]).toBe("-?");
    expect(shown[201]).toBe("-each.200");
    expect(shown).toHaveLength(5001);
  });

  it("count only what failed where only that is shown", () => {
    const loaded: Loaded = new Map([[null, new Map([[0, part(1, 0, bad)]])]]);
    expect(keys(loaded, {}, true)).toEqual(["bad", "-?"]);
  });
});

describe("the scale", () => {
  it("ends with a run that has ended, and at a round time ahead of one that goes on", () => {
    expect(domainOf(node("a", { endedAt: at(41) }), START)).toEqual({ start: START, end: START + 41_000 });
    const ends = [10, 11, 13, 18].map((seconds) => (domainOf(node("a"), START + seconds * 1000)?.end ?? 0) - START);
    expect(ends).toEqual([12_000, 12_000, 15_000, 20_000]);
    expect(domainOf(node("a", { startedAt: null }), START)).toBeNull();
  });

  it("has a few ticks at round times since the start of the run", () => {
    expect(ticksOf({ start: START, end: START + 41_000 }, START).map((tick) => tick.since)).toEqual([
      0, 10_000, 20_000, 30_000, 40_000,
    ]);
    const zoomed = ticksOf({ start: START + 5000, end: START + 6000 }, START);
    expect(zoomed.map((tick) => tick.since)).toEqual([5000, 5200, 5400, 5600, 5800, 6000]);
    expect(zoomed[0]?.x).toBe(0);
  });

  it("draws only what is inside, and what goes on up to now", () => {
    const spans: Span[] = [
      { waitedFor: "start", startedAt: at(0), endedAt: at(10) },
      { waitedFor: null, startedAt: at(10), endedAt: null },
    ];
    expect(barsOf(spans, { start: START, end: START + 40_000 }, START + 30_000)).toEqual([
      { left: 0, width: 25, waits: true, goesOn: false },
      { left: 25, width: 50, waits: false, goesOn: true },
    ]);
    expect(barsOf(spans, { start: START + 20_000, end: START + 30_000 }, START + 25_000)).toEqual([
      { left: 0, width: 50, waits: false, goesOn: true },
    ]);
    // The clock of this computer may be behind.
    expect(barsOf(spans.slice(1), { start: START, end: START + 40_000 }, START)[0]?.width).toBe(0);
  });
});
