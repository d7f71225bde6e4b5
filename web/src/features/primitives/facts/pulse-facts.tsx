import type { Primitive } from "@/api/types";
import { percent } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { record, records, type Spec, text, written } from "../spec/read";
import { AgentLink, Fact, Facts } from "./fact";

const SECOND = 1000;

export function PulseFacts({ primitive }: { primitive: Primitive }) {
  const spec: Spec = primitive.spec;
  const bounds = record(spec.capacity);
  return (
    <Facts>
      <Fact label="Goal">{text(spec.goal)}</Fact>
      <Fact label="Members">
        <ul>
          {records(spec.members).map((member) => (
            <li key={text(member.agent)} className="flex gap-3">
              <AgentLink slug={text(member.agent)} className="min-w-0 flex-1 truncate" />
              <span className="text-ink-3">weight {written(member.weight)}</span>
            </li>
          ))}
        </ul>
      </Fact>
      <Fact label="Promotes">
        {typeof spec.promoteAbove === "number" && `above ${percent(spec.promoteAbove)} success`}
      </Fact>
      <Fact label="Demotes">
        {typeof spec.demoteBelow === "number" && `below ${percent(spec.demoteBelow)} success`}
      </Fact>
      <Fact label="Minimum runs">{written(spec.minRuns)}</Fact>
      <Fact label="Capacity">
        {spec.capacity
          ? `adjusted between ${written(bounds.minimum)} and ${written(bounds.maximum)}`
          : "not adjusted, only reported"}
      </Fact>
      <Fact label="Wait for open runs">
        {typeof spec.settleSeconds === "number" &&
          spec.settleSeconds > 0 &&
          `up to ${duration(spec.settleSeconds * SECOND)}`}
      </Fact>
    </Facts>
  );
}
