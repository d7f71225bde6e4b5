import type { RunStatus, StepStatus } from "@/api/types";

interface StatusLook {
  label: string;
  dot: string;
  text: string;
  colour: string;
}

/** How the states of runs and steps look: green done, red failed, blue under way, grey the rest. */
export const STATUSES: Record<RunStatus | StepStatus, StatusLook> = {
  queued: { label: "Queued", dot: "bg-running/60", text: "text-running", colour: "var(--running)" },
  pending: { label: "Pending", dot: "bg-line-strong", text: "text-ink-3", colour: "var(--line-strong)" },
  running: { label: "Running", dot: "bg-running breathe", text: "text-running", colour: "var(--running)" },
  waiting: { label: "Waiting", dot: "bg-running/60 breathe", text: "text-running", colour: "var(--running)" },
  completed: { label: "Completed", dot: "bg-healthy", text: "text-healthy", colour: "var(--healthy)" },
  failed: { label: "Failed", dot: "bg-failing", text: "text-failing", colour: "var(--failing)" },
  cancelled: { label: "Cancelled", dot: "bg-ink-3", text: "text-ink-2", colour: "var(--ink-3)" },
  skipped: { label: "Skipped", dot: "bg-line-strong", text: "text-ink-2", colour: "var(--line-strong)" },
  missed: { label: "Missed", dot: "bg-degrading", text: "text-degrading", colour: "var(--degrading)" },
};

export const RUN_STATUSES: RunStatus[] = [
  "running",
  "waiting",
  "queued",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "missed",
];
