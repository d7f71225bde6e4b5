import { type ComponentType, useState } from "react";

import type { Kind, Primitive } from "@/api/types";
import { Json } from "@/components/json";
import { Segmented } from "@/components/ui/segmented";
import { readJson, writeJson } from "@/lib/text/exact-json";

import { AgentFacts } from "./agent-facts";
import { CampaignFacts } from "./campaign-facts";
import { NetworkFacts } from "./network-facts";
import { PipelineFacts } from "./pipeline-facts";
import { PulseFacts } from "./pulse-facts";

const FACTS: Record<Kind, ComponentType<{ primitive: Primitive }>> = {
  agent: AgentFacts,
  workflow: PipelineFacts,
  network: NetworkFacts,
  campaign: CampaignFacts,
  pulse: PulseFacts,
};
const VIEWS = [
  { value: "facts", label: "Summary" },
  { value: "json", label: "JSON" },
] as const;

/** The spec of a primitive, formatted or as JSON. */
export function Specification({ primitive }: { primitive: Primitive }) {
  const [view, setView] = useState<"facts" | "json">("facts");
  const Shown = FACTS[primitive.kind];
  return (
    <section className="min-w-0 rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <div className="mb-2 flex items-center justify-between">
        <h2 className="font-medium">Specification</h2>
        <Segmented label="Specification view" options={VIEWS} value={view} onChange={setView} />
      </div>
      {view === "json" ? (
        <Json value={withoutNulls(primitive.spec)} label="Specification" />
      ) : (
        <Shown primitive={primitive} />
      )}
    </section>
  );
}

/** Unset values are left out. */
function withoutNulls(spec: unknown): unknown {
  return readJson(writeJson(spec, undefined, (_, value) => (value === null ? undefined : value)));
}
