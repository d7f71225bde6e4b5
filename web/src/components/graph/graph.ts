import type { Kind, StepStatus } from "@/api/types";

export interface Node {
  id: string;
  label: string;
  note: string;
  /** Shows its icon. */
  kind?: Kind;
  /** Drawn pale, such as what is paused. */
  faded?: boolean;
  /** Drawn with a frame, such as what was asked for. */
  marked?: boolean;
  /** Of a step that is run. */
  status?: StepStatus;
}

export interface Edge {
  from: string;
  to: string;
  label?: string;
  /** Drawn with dashes: it says something, and starts nothing, such as a condition that did not hold. */
  dashed?: boolean;
}

export interface Graph {
  nodes: Node[];
  edges: Edge[];
}
