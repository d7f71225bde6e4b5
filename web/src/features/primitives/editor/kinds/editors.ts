import { type ComponentType, lazy } from "react";

import type { Kind } from "@/api/types";

/** The editor of each kind, loaded when it is needed. */
export const EDITORS: Record<Kind, ComponentType> = {
  agent: lazy(async () => ({ default: (await import("./agent-editor")).AgentEditor })),
  workflow: lazy(async () => ({ default: (await import("./pipeline-editor")).PipelineEditor })),
  network: lazy(async () => ({ default: (await import("./network-editor")).NetworkEditor })),
  campaign: lazy(async () => ({ default: (await import("./campaign-editor")).CampaignEditor })),
  pulse: lazy(async () => ({ default: (await import("./pulse-editor")).PulseEditor })),
};
