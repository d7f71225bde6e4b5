import type { Primitive } from "@/api/types";

import { list, record, records, type Spec, text, written } from "../spec/read";
import { AgentLink, Code, Fact, Facts } from "./fact";

export function NetworkFacts({ primitive }: { primitive: Primitive }) {
  const spec: Spec = primitive.spec;
  const router = record(spec.router);
  return (
    <Facts>
      <Fact label="Members">
        <ol className="list-inside list-decimal marker:text-ink-3">
          {list(spec.members)
            .map(text)
            .map((slug) => (
              <li key={slug}>
                <AgentLink slug={slug} />
              </li>
            ))}
        </ol>
      </Fact>
      <Fact label="Router">
        <RouterText router={router} />
      </Fact>
      <Fact label="Maximum hops">{written(spec.maxHops)}</Fact>
    </Facts>
  );
}

function RouterText({ router }: { router: Spec }) {
  if (router.type === "agent") return <AgentLink slug={text(router.agent)} />;
  if (router.type !== "rules") return "Each member once, in order";
  return (
    <ol>
      <li>
        First <AgentLink slug={text(router.first)} />
      </li>
      {records(router.rules).map((rule) => (
        <li key={`${text(rule.when)} ${text(rule.next)}`}>
          If <Code>{text(rule.when)}</Code>: {rule.next ? <AgentLink slug={text(rule.next)} /> : "end the run"}
        </li>
      ))}
    </ol>
  );
}
