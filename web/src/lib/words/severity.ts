import { CircleCheck, type LucideIcon, OctagonX, TrendingDown, TriangleAlert } from "lucide-react";

import type { Severity } from "@/api/types";

interface SeverityLook {
  label: string;
  /** Distinguishes the bands where there is no room for the word, also without colour. */
  icon: LucideIcon;
  text: string;
  row: string;
  badge: string;
  colour: string;
}

/** Text and colours of each band; the API decides which band an automation is in. */
export const SEVERITIES: Record<Severity, SeverityLook> = {
  failing: {
    label: "Failing",
    icon: OctagonX,
    text: "text-failing",
    row: "bg-failing-mark/8 shadow-[inset_3px_0_0_var(--failing-mark)]",
    badge: "bg-failing-mark/15 text-failing",
    colour: "var(--failing-mark)",
  },
  unstable: {
    label: "Unstable",
    icon: TriangleAlert,
    text: "text-unstable",
    row: "bg-unstable-mark/8 shadow-[inset_3px_0_0_var(--unstable-mark)]",
    badge: "bg-unstable-mark/15 text-unstable",
    colour: "var(--unstable-mark)",
  },
  degrading: {
    label: "Degrading",
    icon: TrendingDown,
    text: "text-degrading",
    row: "bg-degrading-mark/9 shadow-[inset_3px_0_0_var(--degrading-mark)]",
    badge: "bg-degrading-mark/15 text-degrading",
    colour: "var(--degrading-mark)",
  },
  healthy: {
    label: "Healthy",
    icon: CircleCheck,
    text: "text-healthy",
    row: "",
    badge: "bg-healthy-mark/12 text-healthy",
    colour: "var(--healthy-mark)",
  },
};

export const WORST_FIRST = Object.keys(SEVERITIES) as Severity[];
