import { graphlib, layout as place } from "@dagrejs/dagre";
import { Background, type Edge as FlowEdge, MarkerType, type Node as FlowNode, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";

import { useIsDark } from "@/lib/preferences";

import type { Graph } from "./graph";

const NODE = { width: 190, height: 46 };
const GAPS = { rankdir: "LR", nodesep: 18, ranksep: 56 };

/** A graph laid out from left to right; it can be moved and zoomed, not changed. */
export function Dag({ graph }: { graph: Graph }) {
  const dark = useIsDark();
  const { nodes, edges } = useMemo(() => layOut(graph), [graph]);
  const height = Math.min(420, Math.max(150, ...nodes.map((node) => node.position.y + NODE.height + 60)));
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-panel" style={{ height }}>
      <ReactFlow
        key={JSON.stringify(graph)}
        nodes={nodes}
        edges={edges}
        colorMode={dark ? "dark" : "light"}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1 }}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        aria-label="Graph"
      >
        <Background gap={18} bgColor="var(--panel)" />
      </ReactFlow>
    </div>
  );
}

function layOut(graph: Graph): { nodes: FlowNode[]; edges: FlowEdge[] } {
  const layout = new graphlib.Graph();
  layout.setGraph(GAPS);
  layout.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) layout.setNode(node.id, { ...NODE });
  for (const edge of graph.edges) layout.setEdge(edge.from, edge.to);
  place(layout);
  return {
    nodes: graph.nodes.map((node) => {
      const at = layout.node(node.id);
      return {
        id: node.id,
        position: { x: at.x - NODE.width / 2, y: at.y - NODE.height / 2 },
        sourcePosition: Position.Right,
        targetPosition: Position.Left,
        style: { ...NODE, padding: "5px 10px", textAlign: "left", borderRadius: 6, fontSize: 12, borderColor: "var(--line-strong)", background: "var(--panel)", color: "var(--ink)" },
        data: {
          label: (
            <>
              <div className="truncate font-medium">{node.label}</div>
              <div className="truncate text-2xs text-ink-3">{node.note}</div>
            </>
          ),
        },
      };
    }),
    edges: graph.edges.map((edge) => ({
      id: `${edge.from} to ${edge.to} ${edge.label ?? ""}`,
      source: edge.from,
      target: edge.to,
      ...(edge.label ? { label: edge.label } : {}),
      markerEnd: { type: MarkerType.ArrowClosed },
    })),
  };
}
