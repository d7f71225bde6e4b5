import { graphlib, layout as place } from "@dagrejs/dagre";
import { Background, type Edge as FlowEdge, MarkerType, type Node as FlowNode, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";

import { useIsDark } from "@/lib/preferences";

import type { Graph, Node } from "./graph";

const NODE = { width: 190, height: 46 };
const GAPS = { nodesep: 18, ranksep: 56 };
const DOWN_GAPS = { nodesep: 14, ranksep: 34 };
const MOST_HEIGHT = { across: 420, down: 640 };

interface DagProps {
  graph: Graph;
  /** From top to bottom, where there is more height than width. */
  downwards?: boolean;
  onPick?: ((id: string) => void) | undefined;
}

/** A graph laid out from left to right; it can be moved and zoomed, not changed. */
export function Dag({ graph, downwards = false, onPick }: DagProps) {
  const dark = useIsDark();
  const canPick = onPick !== undefined;
  const { nodes, edges } = useMemo(() => layOut(graph, downwards, canPick), [graph, downwards, canPick]);
  const needed = Math.max(150, ...nodes.map((node) => node.position.y + NODE.height + 60));
  const height = Math.min(downwards ? MOST_HEIGHT.down : MOST_HEIGHT.across, needed);
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-panel" style={{ height, maxHeight: downwards ? "calc(100vh - 10rem)" : undefined }}>
      <ReactFlow
        key={JSON.stringify(graph)}
        nodes={nodes}
        edges={edges}
        colorMode={dark ? "dark" : "light"}
        fitView
        fitViewOptions={{ padding: 0.12, maxZoom: 1 }}
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        aria-label="Graph"
        {...(onPick ? { onNodeClick: (_: unknown, node: FlowNode) => onPick(node.id) } : {})}
      >
        <Background gap={18} bgColor="var(--panel)" />
      </ReactFlow>
    </div>
  );
}

function layOut(graph: Graph, downwards: boolean, canPick: boolean): { nodes: FlowNode[]; edges: FlowEdge[] } {
  const layout = new graphlib.Graph();
  layout.setGraph(downwards ? { rankdir: "TB", ...DOWN_GAPS } : { rankdir: "LR", ...GAPS });
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
        sourcePosition: downwards ? Position.Bottom : Position.Right,
        targetPosition: downwards ? Position.Top : Position.Left,
        style: { ...NODE, padding: "5px 10px", textAlign: "left", borderRadius: 6, fontSize: 12, borderColor: "var(--line-strong)", background: "var(--panel)", color: "var(--ink)" },
        data: { label: <Label node={node} canPick={canPick} /> },
      };
    }),
    edges: graph.edges.map((edge, index) => ({
      id: `${edge.from} to ${edge.to} ${index}`,
      source: edge.from,
      target: edge.to,
      ...(edge.label ? { label: edge.label } : {}),
      markerEnd: { type: MarkerType.ArrowClosed },
    })),
  };
}

/** As a button its click is the node's. */
function Label({ node, canPick }: { node: Node; canPick: boolean }) {
  const lines = (
    <>
      <span className="block truncate font-medium">{node.label || "—"}</span>
      <span className="block truncate text-2xs text-ink-3">{node.note}</span>
    </>
  );
  return canPick ? (
    <button type="button" className="nopan block w-full text-left" title={`Go to ${node.label}`}>
      {lines}
    </button>
  ) : (
    lines
  );
}
