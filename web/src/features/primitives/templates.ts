import type { Kind } from "@/api/types";

/** What a new primitive of each kind begins with. */
export const TEMPLATES: Record<Kind, object> = {
  agent: { runner: { type: "model", model: "openai:gpt-5-mini", instructions: "" }, capacity: 1 },
  workflow: {
    steps: [
      { key: "first", agent: "an-agent" },
      { key: "second", agent: "another-agent", needs: ["first"] },
    ],
  },
  network: { members: ["an-agent", "another-agent"], router: { type: "sequence" }, maxHops: 4 },
  campaign: { objective: "What it is for", missions: [{ name: "First", tasks: [{ name: "Task", agent: "an-agent" }] }] },
  pulse: { goal: "What the members work for", members: [{ agent: "an-agent", weight: 1 }] },
};
