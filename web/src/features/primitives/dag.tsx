import { graphlib, layout as place } from "@dagrejs/dagre";
import { Background, type Edge as FlowEdge, MarkerType, type Node as FlowNode, Position, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";

import { useIsDark } from "@/lib/preferences";

import type { Graph, Node } from "./graph";

const NODE = { width: 190, height: 46 };
const ACROSS = { rankdir: "LR", nodesep: 18, ranksep: 56 };
const DOWN = { rankdir: "TB", nodesep: 14, ranksep: 34 };
const MOST_HEIGHT = 420;
/** The place beside a form, where a graph goes down or across, whichever shows it larger. */
const BESIDE = { width: 340, height: 600 };
const MARGIN = 60;

interface DagProps {
  graph: Graph;
  /** In a narrow, high place. */
  beside?: boolean;
  onPick?: ((id: string) => void) | undefined;
}

/** A graph, laid out from left to right where there is room; it can be moved and zoomed, not changed. */
export function Dag({ graph, beside = false, onPick }: DagProps) {
  const dark = useIsDark();
  const canPick = onPick !== undefined;
  const { nodes, edges, height: own, scale } = useMemo(() => layOut(graph, beside, canPick), [graph, beside, canPick]);
  const height = Math.max(150, Math.min(beside ? BESIDE.height : MOST_HEIGHT, own * (beside ? scale : 1) + MARGIN));
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-panel" style={{ height, maxHeight: beside ? "calc(100vh - 10rem)" : undefined }}>
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

/** Where every node goes, how large the whole is, and how large of that it can be shown beside a form. */
function placed(graph: Graph, direction: typeof ACROSS) {
  const layout = new graphlib.Graph();
  layout.setGraph({ ...direction });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) layout.setNode(node.id, { ...NODE });
  for (const edge of graph.edges) layout.setEdge(edge.from, edge.to);
  place(layout);
  const spots = graph.nodes.map((node) => layout.node(node.id));
  const width = Math.max(...spots.map((spot) => spot.x)) + NODE.width / 2;
  const height = Math.max(...spots.map((spot) => spot.y)) + NODE.height / 2;
  return { layout, height, downwards: direction === DOWN, scale: Math.min(1, BESIDE.width / width, BESIDE.height / height) };
}

function layOut(graph: Graph, beside: boolean, canPick: boolean): { nodes: FlowNode[]; edges: FlowEdge[]; height: number; scale: number } {
  const across = placed(graph, ACROSS);
  const down = beside ? placed(graph, DOWN) : across;
  const { layout, height, downwards, scale } = down.scale >= across.scale ? down : across;
  return {
    height,
    scale,
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
