import { CircleCheck, CircleDashed, CircleHelp, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";

import type { HealthState } from "@/api/types";

interface VerdictLook {
  label: string;
  icon: LucideIcon;
  text: string;
  /** The background of what the verdict is about. */
  ground: string;
}

/** Text and colours of each verdict; the API decides which one holds. */
export const VERDICTS: Record<HealthState, VerdictLook> = {
  healthy: { label: "Healthy", icon: CircleCheck, text: "text-healthy", ground: "border-healthy-mark/40" },
  degraded: {
    label: "Degraded",
    icon: TriangleAlert,
    text: "text-degrading",
    ground: "border-degrading-mark/50",
  },
  unhealthy: {
    label: "Unhealthy",
    icon: OctagonX,
    text: "text-failing",
    ground: "border-failing-mark/50",
  },
  unknown: { label: "Unknown", icon: CircleHelp, text: "text-ink", ground: "border-dashed border-line-strong" },
  idle: { label: "Idle", icon: CircleDashed, text: "text-ink-2", ground: "border-line" },
  empty: { label: "Nothing set up", icon: CircleDashed, text: "text-ink-2", ground: "border-line" },
};
