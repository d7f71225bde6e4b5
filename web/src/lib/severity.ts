import type { Severity } from "@/api/types";

interface SeverityLook {
  label: string;
  text: string;
  row: string;
  badge: string;
  colour: string;
}

/** How each band looks; which band an automation is in is the API's word. */
export const SEVERITIES: Record<Severity, SeverityLook> = {
  failing: {
    label: "Failing",
    text: "text-failing",
    row: "bg-failing/7 shadow-[inset_3px_0_0_var(--failing)]",
    badge: "bg-failing/12 text-failing",
    colour: "var(--failing)",
  },
  unstable: {
    label: "Unstable",
    text: "text-unstable",
    row: "bg-unstable/6 shadow-[inset_3px_0_0_var(--unstable)]",
    badge: "bg-unstable/12 text-unstable",
    colour: "var(--unstable)",
  },
  degrading: {
    label: "Degrading",
    text: "text-degrading",
    row: "bg-degrading/5 shadow-[inset_3px_0_0_var(--degrading)]",
    badge: "bg-degrading/12 text-degrading",
    colour: "var(--degrading)",
  },
  healthy: {
    label: "Healthy",
    text: "text-healthy",
    row: "",
    badge: "bg-healthy/10 text-healthy",
    colour: "var(--healthy)",
  },
};

export const WORST_FIRST = Object.keys(SEVERITIES) as Severity[];
