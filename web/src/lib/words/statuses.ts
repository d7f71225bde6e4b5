import type { RunStatus, StepStatus } from "@/api/types";

/** Distinguishable without colour. */
export type Shape = "disc" | "cross" | "ring" | "target" | "bars" | "dash" | "square" | "triangle";

interface StatusLook {
  label: string;
  shape: Shape;
  /** The colour of its mark. */
  mark: string;
  /** How the strip of runs draws it: failures stand out, runs that never started are low. */
  bar: string;
  text: string;
}

const UNDER_WAY = "h-3/5 border border-running";
const NOT_RUN = "h-1/4 bg-line-control";

/** Colours of run and step statuses: green completed, red failed, blue running, grey others. */
export const STATUSES: Record<RunStatus | StepStatus, StatusLook> = {
  queued: { label: "Queued", shape: "ring", mark: "text-running", bar: UNDER_WAY, text: "text-running" },
  pending: { label: "Pending", shape: "ring", mark: "text-line-control", bar: NOT_RUN, text: "text-ink-3" },
  running: {
    label: "Running",
    shape: "target",
    mark: "text-running breathe",
    bar: `${UNDER_WAY} breathe`,
    text: "text-running",
  },
  waiting: { label: "Waiting", shape: "bars", mark: "text-running", bar: UNDER_WAY, text: "text-running" },
  stuck: {
    label: "Stuck",
    shape: "triangle",
    mark: "text-failing",
    bar: "h-full border border-failing",
    text: "text-failing",
  },
  completed: { label: "Completed", shape: "disc", mark: "text-healthy", bar: "h-3/5 bg-healthy", text: "text-healthy" },
  failed: { label: "Failed", shape: "cross", mark: "text-failing", bar: "h-full bg-failing", text: "text-failing" },
  cancelled: { label: "Cancelled", shape: "square", mark: "text-ink-3", bar: NOT_RUN, text: "text-ink-2" },
  skipped: { label: "Skipped", shape: "dash", mark: "text-line-control", bar: NOT_RUN, text: "text-ink-2" },
  missed: {
    label: "Missed",
    shape: "triangle",
    mark: "text-degrading",
    bar: "h-2/5 border border-degrading",
    text: "text-degrading",
  },
};

export const RUN_STATUSES: RunStatus[] = [
  "running",
  "waiting",
  "stuck",
  "queued",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "missed",
];
