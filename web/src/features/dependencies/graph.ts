import type { DependencyGraph } from "@/api/types";
import type { Graph } from "@/components/graph/graph";
import { relative } from "@/lib/time/time";
import { FIRES } from "@/lib/words/dependencies";
import { KINDS } from "@/lib/words/kinds";
import { SOURCES } from "@/lib/words/sources";

type Node = DependencyGraph["nodes"][number];
type Edge = DependencyGraph["edges"][number];

/** What is drawn of the graph; `around` is the slug that was asked for. */
export function drawn({ nodes, edges }: DependencyGraph, now: number, around?: string): Graph {
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      label: node.name,
      note: noteOf(node, now),
      kind: node.kind,
      faded: !node.isActive,
      marked: node.type === "automation" && node.slug === around,
    })),
    edges: edges.map((edge) => ({
      from: edge.start,
      to: edge.end,
      dashed: edge.type === "dependency" && edge.fireWhen === null,
      ...(edge.fireWhen ? { label: edge.passPayload ? `${edge.fireWhen}, output` : edge.fireWhen } : {}),
    })),
  };
}

function noteOf(node: Node, now: number): string {
  const source = node.source === null || node.source === "schedule" ? "" : SOURCES[node.source].label.toLowerCase();
  const what = node.type === "primitive" ? KINDS[node.kind].label.toLowerCase() : source;
  const state = node.isActive ? "" : node.type === "primitive" ? "disabled" : "paused";
  const next = node.isActive && node.nextDueAt ? `next ${relative(node.nextDueAt, now)}` : "";
  return [what, state, next].filter(Boolean).join(" · ");
}

/** The arrows in sentences, for those who do not see them. */
export function sentences({ nodes, edges }: DependencyGraph): string[] {
  const names = new Map(nodes.map((node) => [node.id, node.name]));
  return edges.map((edge) => inWords(edge, names.get(edge.start) ?? "", names.get(edge.end) ?? ""));
}

function inWords({ type, fireWhen }: Edge, start: string, end: string): string {
  if (type !== "dependency") return `${end} ${type} ${start}`;
  return fireWhen ? `${start} fires ${end} ${FIRES[fireWhen]}` : `${end} depends on ${start}`;
}
