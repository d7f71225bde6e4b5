import type { Kind } from "@/api/types";

import type { Spec } from "./reading";

/** The least that a primitive of each kind begins with; `agent` is one that exists, or empty where there is none yet. */
export const DRAFTS: Record<Kind, (agent: string) => Spec> = {
  agent: () => ({ runner: { type: "model", model: "", instructions: "" } }),
  workflow: (agent) => ({ steps: [{ key: "first", agent }] }),
  network: (agent) => ({ members: [agent], router: { type: "sequence" } }),
  campaign: (agent) => ({ objective: "", missions: [{ name: "First mission", tasks: [{ name: "First task", agent }] }] }),
  pulse: (agent) => ({ goal: "", members: [{ agent }] }),
};
