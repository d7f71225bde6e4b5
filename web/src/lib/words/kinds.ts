import { Activity, Bot, Flag, type LucideIcon, Network, Workflow } from "lucide-react";

import type { Kind } from "@/api/types";

interface KindLook {
  label: string;
  plural: string;
  path: string;
  icon: LucideIcon;
  /** The colour in views coloured by primitive. */
  colour: string;
  tint: string;
}

/** Icon and colours of each kind; a new kind in the API fails the type check here. */
export const KINDS: Record<Kind, KindLook> = {
  agent: {
    label: "Agent",
    plural: "Agents",
    path: "agents",
    icon: Bot,
    colour: "var(--kind-agent)",
    tint: "text-kind-agent",
  },
  workflow: {
    label: "Workflow",
    plural: "Workflows",
    path: "workflows",
    icon: Workflow,
    colour: "var(--kind-workflow)",
    tint: "text-kind-workflow",
  },
  network: {
    label: "Network",
    plural: "Networks",
    path: "networks",
    icon: Network,
    colour: "var(--kind-network)",
    tint: "text-kind-network",
  },
  campaign: {
    label: "Campaign",
    plural: "Campaigns",
    path: "campaigns",
    icon: Flag,
    colour: "var(--kind-campaign)",
    tint: "text-kind-campaign",
  },
  pulse: {
    label: "Pulse",
    plural: "Pulses",
    path: "pulses",
    icon: Activity,
    colour: "var(--kind-pulse)",
    tint: "text-kind-pulse",
  },
};

export const KIND_LIST = Object.keys(KINDS) as Kind[];
