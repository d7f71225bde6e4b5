import type { Primitive } from "@/api/types";
import { percent } from "@/lib/text/format";

import { records, type Spec, text, written } from "../spec/read";
import { AgentLink, Fact, Facts } from "./fact";

export function CampaignFacts({ primitive }: { primitive: Primitive }) {
  const spec: Spec = primitive.spec;
  return (
    <div className="flex flex-col gap-3">
      <Facts>
        <Fact label="Objective">{text(spec.objective)}</Fact>
        <Fact label="Planner">{text(spec.planner) && <AgentLink slug={text(spec.planner)} />}</Fact>
        <Fact label="Concurrent tasks">{written(spec.concurrency)}</Fact>
        <Fact label="Minimum success">
          {typeof spec.minSuccessRate === "number" && `${percent(spec.minSuccessRate)} of the tasks`}
        </Fact>
      </Facts>
      <ol className="flex flex-col gap-2">
        {records(spec.missions).map((mission, index) => (
          <Mission key={text(mission.name)} mission={mission} number={index + 1} />
        ))}
      </ol>
    </div>
  );
}

function Mission({ mission, number }: { mission: Spec; number: number }) {
  return (
    <li>
      <h3 className="font-medium">
        <span className="mr-1.5 text-ink-3">{number}</span>
        {text(mission.name)}
      </h3>
      <ul className="mt-0.5 ml-1 border-l-2 border-line pl-3">
        {records(mission.tasks).map((task) => (
          <li key={text(task.name)} className="flex gap-3">
            <span className="min-w-0 flex-1 truncate">{text(task.name)}</span>
            <AgentLink slug={text(task.agent)} className="truncate" />
          </li>
        ))}
      </ul>
    </li>
  );
}
