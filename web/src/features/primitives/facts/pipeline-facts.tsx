import type { Primitive } from "@/api/types";

import { action } from "../graph/graph";
import { list, type Spec, text } from "../spec/read";
import { stepsOf } from "../spec/steps";
import { AgentLink, Code } from "./fact";

export function PipelineFacts({ primitive }: { primitive: Primitive }) {
  return (
    <ol className="flex flex-col">
      {stepsOf(primitive.spec).map((step) => (
        <Step key={text(step.key)} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: Spec }) {
  const needs = list(step.needs).map(text);
  return (
    <li className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 border-b border-line py-1.5 first:pt-0 last:border-b-0 last:pb-0">
      <Code>{text(step.key)}</Code>
      <span className="min-w-0">
        <span className="block">{step.agent ? <AgentAction step={step} /> : action(step)}</span>
        <span className="block text-xs text-ink-3 empty:hidden">
          {[
            needs.length > 0 && `after ${needs.join(", ")}`,
            step.when && `if ${text(step.when)}`,
            step.onError === "continue" && "continues if it fails",
          ]
            .filter(Boolean)
            .join("; ")}
        </span>
      </span>
    </li>
  );
}

function AgentAction({ step }: { step: Spec }) {
  return (
    <>
      <AgentLink slug={text(step.agent)} />
      {step.map ? (
        <>
          {" "}
          for each <Code>{text(step.map)}</Code>, {String(step.concurrency ?? "")} at a time
        </>
      ) : null}
    </>
  );
}
