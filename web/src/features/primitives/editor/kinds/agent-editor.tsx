import { FlaskConical, Globe, SquareFunction, Sparkles } from "lucide-react";
import { useRef } from "react";

import { type Choice, ChoiceCards } from "@/components/form/choice-cards";
import { More, Part, Refusal, WIDE } from "@/components/form/part";

import defaults from "@/api/defaults.json";
import { record, type Spec, text } from "../../spec/read";
import { useField } from "../editing";
import { JsonField, NumberField } from "../fields/fields";
import { RetryFields } from "../fields/retry-fields";
import { RUNNER_FIELDS, type RunnerType } from "./runner-fields";

const RUNNERS: readonly Choice<RunnerType>[] = [
  { value: "model", label: "Model", icon: Sparkles, note: "A language model with instructions and MCP tools" },
  { value: "http", label: "HTTP", icon: Globe, note: "A signed request to your own service" },
  { value: "python", label: "Python", icon: SquareFunction, note: "A function from an allowed module" },
  { value: "simulated", label: "Simulated", icon: FlaskConical, note: "Simulated answers, for demos and load tests" },
];

const BEGUN: Record<RunnerType, Spec> = {
  model: { type: "model", model: "", instructions: "" },
  http: { type: "http", url: "" },
  python: { type: "python", function: "" },
  simulated: { type: "simulated" },
};

export function AgentEditor() {
  const runner = useField(["runner"]);
  // Switching the type and back keeps the entered values.
  const left = useRef<Partial<Record<string, unknown>>>({});
  const type = text(record(runner.value).type);
  const Fields = RUNNER_FIELDS[type as RunnerType];

  function choose(next: RunnerType) {
    left.current[type] = runner.value;
    runner.set(left.current[next] ?? BEGUN[next]);
  }

  return (
    <>
      <Part title="Runner" note="What handles calls to this agent" place={runner.place}>
        <ChoiceCards
          label="Runner"
          path={`${runner.place}.type`}
          choices={RUNNERS}
          value={type}
          onChange={choose}
          className="grid-cols-2 lg:grid-cols-4"
        />
        <Refusal text={runner.error} />
        {Fields && <Fields key={type} />}
      </Part>
      <Part title="Limits">
        <NumberField
          path={["capacity"]}
          label="Capacity"
          placeholder="No limit"
          hint="Maximum concurrent runs, whoever calls it. More wait. A pulse may change it."
        />
        <NumberField
          path={["timeoutSeconds"]}
          label="Timeout (s)"
          fallback={defaults.AgentSpec.timeoutSeconds}
          hint="Per attempt"
        />
        <More title="Retry">
          <RetryFields path={["retry"]} />
        </More>
      </Part>
      <Part title="Answer">
        <JsonField
          path={["outputSchema"]}
          label="Answer schema (JSON Schema)"
          hint="Leave empty to accept any answer. An answer that doesn't match fails the attempt."
          className={WIDE}
          rows={4}
        />
      </Part>
    </>
  );
}
