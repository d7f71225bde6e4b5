import { graphlib, layout as place } from "@dagrejs/dagre";
import {
  Background,
  type Edge as FlowEdge,
  MarkerType,
  type Node as FlowNode,
  Position,
  ReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useLayoutEffect, useMemo, useRef, useState } from "react";

import type { StepStatus } from "@/api/types";
import { StatusDot } from "@/components/labels";
import { cn } from "@/lib/cn";
import { useIsDark } from "@/lib/preferences";
import { KINDS } from "@/lib/words/kinds";

import type { Graph, Node } from "./graph";

const NODE = { width: 190, height: 46 };
const ACROSS = { rankdir: "LR", nodesep: 18, ranksep: 56 };
const DOWN = { rankdir: "TB", nodesep: 14, ranksep: 34 };
const PAD = 16;
const LETTER_PX = 5.5;
const WIDEST_LABEL = 160;
/** Room for the line on both sides of a label. */
const ARROW_PX = 44;
/** Below this scale text is unreadable: the box scrolls instead. */
const LEAST_SCALE = 0.8;
/** Below this width a graph is drawn top-down if that makes it larger. */
const NARROW = 640;

const BORDERS: Partial<Record<StepStatus, string>> = {
  completed: "var(--healthy-mark)",
  failed: "var(--failing-mark)",
  running: "var(--running)",
  waiting: "var(--running)",
};

interface DagProps {
  graph: Graph;
  /** For a narrow, high container. */
  beside?: boolean;
  onPick?: ((id: string) => void) | undefined;
}

/** A graph, drawn left to right if there is room, and always large enough to read: a large one scrolls. */
export function Dag({ graph, beside = false, onPick }: DagProps) {
  const dark = useIsDark();
  const canPick = onPick !== undefined;
  const [box, room] = useWidth();
  const {
    nodes,
    edges,
    width: own,
    height,
    scale,
  } = useMemo(() => layOut(graph, room, canPick), [graph, room, canPick]);
  const width = Math.max(room, own * scale + 2 * PAD);
  return (
    <div
      ref={box}
      role="region"
      aria-label="Graph"
      // Focusable, so that it can be scrolled by keyboard.
      tabIndex={0}
      className="overflow-auto rounded-lg border border-line bg-panel [&_.react-flow__pane]:touch-auto!"
      style={{ maxHeight: beside ? "calc(100vh - 10rem)" : "85vh" }}
    >
      {room > 0 && (
        <div style={{ width, height: height * scale + 2 * PAD }}>
          <ReactFlow
            // Only another structure is drawn anew: the states of a run's steps change while somebody reads.
            key={structureOf(graph)}
            nodes={nodes}
            edges={edges}
            colorMode={dark ? "dark" : "light"}
            viewport={{ x: (width - own * scale) / 2, y: PAD, zoom: scale }}
            minZoom={LEAST_SCALE}
            nodesDraggable={false}
            nodesConnectable={false}
            nodesFocusable={false}
            edgesFocusable={false}
            panOnDrag={false}
            zoomOnScroll={false}
            zoomOnPinch={false}
            zoomOnDoubleClick={false}
            preventScrolling={false}
            proOptions={{ hideAttribution: true }}
            {...(onPick ? { onNodeClick: (_: unknown, node: FlowNode) => onPick(node.id) } : {})}
          >
            <Background gap={18} bgColor="var(--panel)" />
          </ReactFlow>
        </div>
      )}
    </div>
  );
}

const structureOf = ({ nodes, edges }: Graph) =>
  JSON.stringify([nodes.map(({ id }) => id), edges.map(({ from, to, label }) => [from, to, label])]);

/** The current inner width of an element; 0 until measured. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}

/** Columns are as far apart as the longest label between them needs. */
function betweenColumns({ edges }: Graph): number {
  const longest = Math.max(0, ...edges.map(({ label = "" }) => label.length));
  return Math.max(ACROSS.ranksep, Math.min(longest * LETTER_PX, WIDEST_LABEL) + ARROW_PX);
}

/** The position of every node, the total size, and the scale for the available width. */
function placed(graph: Graph, direction: typeof ACROSS, room: number) {
  const layout = new graphlib.Graph();
  layout.setGraph({ ...direction, ...(direction === ACROSS ? { ranksep: betweenColumns(graph) } : {}) });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) layout.setNode(node.id, { ...NODE });
  for (const edge of graph.edges) layout.setEdge(edge.from, edge.to);
  place(layout);
  const spots = graph.nodes.map((node) => layout.node(node.id));
  const width = Math.max(...spots.map((spot) => spot.x)) + NODE.width / 2;
  const height = Math.max(...spots.map((spot) => spot.y)) + NODE.height / 2;
  return { layout, width, height, downwards: direction === DOWN, fit: Math.min(1, (room - 2 * PAD) / width) };
}

function layOut(graph: Graph, room: number, canPick: boolean) {
  const across = placed(graph, ACROSS, room);
  const down = room < NARROW ? placed(graph, DOWN, room) : across;
  const { layout, width, height, downwards, fit } = down.fit > across.fit ? down : across;
  return {
    width,
    height,
    scale: Math.max(LEAST_SCALE, fit),
    nodes: graph.nodes.map((node): FlowNode => {
      const at = layout.node(node.id);
      return {
        id: node.id,
        position: { x: at.x - NODE.width / 2, y: at.y - NODE.height / 2 },
        sourcePosition: downwards ? Position.Bottom : Position.Right,
        targetPosition: downwards ? Position.Top : Position.Left,
        style: {
          ...NODE,
          padding: "5px 10px",
          textAlign: "left",
          borderRadius: 6,
          fontSize: 12,
          borderColor: node.marked ? "var(--accent)" : (BORDERS[node.status ?? "pending"] ?? "var(--line-strong)"),
          ...(node.marked ? { boxShadow: "0 0 0 1px var(--accent)" } : {}),
          ...(node.faded || node.status === "skipped" ? { borderStyle: "dashed" } : {}),
          ...(node.status === "skipped" ? { opacity: 0.7 } : {}),
          background: "var(--panel)",
          color: "var(--ink)",
        },
        data: { label: <Label node={node} canPick={canPick} /> },
      };
    }),
    edges: graph.edges.map((edge, index): FlowEdge => ({
      id: `${edge.from} to ${edge.to} ${index}`,
      source: edge.from,
      target: edge.to,
      ...(edge.label ? { label: edge.label } : {}),
      style: { stroke: "var(--ink-3)", ...(edge.dashed ? { strokeDasharray: "5 4" } : {}) },
      markerEnd: { type: MarkerType.ArrowClosed, color: "var(--ink-3)" },
    })),
  };
}

/** If the node is a button, it handles the click. */
function Label({ node, canPick }: { node: Node; canPick: boolean }) {
  const { icon: Icon, tint } = node.kind ? KINDS[node.kind] : {};
  const lines = (
    <>
      <span className={cn("flex items-center gap-1.5 font-medium", node.faded && "text-ink-3")}>
        {Icon && <Icon aria-hidden className={cn("size-3.5 shrink-0", tint)} strokeWidth={1.8} />}
        {node.status && <StatusDot status={node.status} />}
        <span className="truncate">{node.label || "—"}</span>
      </span>
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
