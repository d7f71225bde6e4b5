import type { Kind } from "@/api/types";

import type { Spec } from "./read";

/** The initial spec of each kind, without agents. */
export const DRAFTS: Record<Kind, Spec> = {
  agent: { runner: { type: "model", model: "", instructions: "" } },
  workflow: { steps: [{ key: "first", agent: "" }] },
  network: { members: [""], router: { type: "sequence" } },
  campaign: { objective: "", missions: [{ name: "First mission", tasks: [{ name: "First task", agent: "" }] }] },
  pulse: { goal: "", members: [{ agent: "" }] },
};
