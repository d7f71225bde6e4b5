import { expect, it } from "vitest";

import type { DependencyGraph } from "@/api/types";

import { drawn, sentences } from "./graph";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const node = { type: "automation", kind: "agent", source: "event", isActive: true, nextDueAt: null } as const;
const GRAPH: DependencyGraph = {
  nodes: [
    { ...node, id: "1", slug: "synthesis", name: "Synthesis", source: "schedule", nextDueAt: "2026-03-02T15:00:00Z" },
    { ...node, id: "2", slug: "bridge", name: "Bridge", isActive: false },
    { ...node, id: "3", slug: "scout", name: "Scout", type: "primitive", source: null },
  ],
  edges: [
    { type: "dependency", start: "1", end: "2", fireWhen: "completed", passPayload: true },
    { type: "dependency", start: "2", end: "1", fireWhen: null, passPayload: false },
    { type: "runs", start: "3", end: "1", fireWhen: null, passPayload: false },
  ],
  nodesLeftOut: 0,
};

it("draws what fires with a line and what only depends with dashes", () => {
  const { nodes, edges } = drawn(GRAPH, NOW, "bridge");
  expect(nodes.map(({ note, faded, marked }) => [note, faded, marked])).toEqual([
    ["next in 3 h", false, false],
    ["event · paused", true, true],
    ["agent", false, false],
  ]);
  expect(edges.map(({ label, dashed }) => [label, dashed])).toEqual([
    ["completed, output", false],
    [undefined, true],
    [undefined, false],
  ]);
});

it("says each arrow in a sentence", () => {
  expect(sentences(GRAPH)).toEqual([
    "Synthesis fires Bridge when it completes",
    "Synthesis depends on Bridge",
    "Synthesis runs Scout",
  ]);
});
