import { Part } from "@/components/form/part";
import { parseJson } from "@/components/json";
import { Refusal } from "@/components/form/part";
import { Field, TextArea } from "@/components/ui/field";
import type { Limit } from "@/lib/words/flow-control";

import type { PartProps } from "../part-props";
import { Effect } from "./effect";
import { LimitBlock } from "./limit-block";
import { flowControlOf, hasExpressions } from "./values";

/** Limits by what they do to a run that may not start yet. */
const GROUPS: readonly [string, readonly Limit[]][] = [
  ["More runs wait", ["concurrency", "throttle", "priority", "maxQueue", "maxWaitSeconds"]],
  ["More deliveries are skipped", ["rateLimit", "singleton", "idempotency"]],
  ["Several deliveries make one run", ["debounce", "batch"]],
];

/** Which runs may start, and when; each limit is switched on by itself. */
export function FlowControlPart(props: PartProps) {
  return (
    <Part title="Flow control" note="Without a limit each run starts at once." place="flowControl" rows>
      <Refusal text={props.errors.flowControl} />
      {GROUPS.map(([title, limits]) => (
        <div key={title} role="group" aria-label={title} className="flex flex-col">
          <p aria-hidden className="mb-0.5 text-xs font-medium text-ink-2">
            {title}
          </p>
          {limits.map((limit) => (
            <LimitBlock key={limit} limit={limit} {...props} />
          ))}
        </div>
      ))}
      {hasExpressions(props.form.flowControl) && <Tried {...props} />}
      {flowControlOf(props.form.flowControl) && <Effect asked={props.asked} />}
    </Part>
  );
}

/** Where the values under the expressions come from; a manual trigger has no other field for a sample. */
function Tried({ form, sample, tryOn }: PartProps) {
  if (form.source !== "manual") {
    const on = form.source === "schedule" ? "default payload" : "sample above, or on the default payload";
    return <p className="text-xs text-ink-3">Expressions are tried on the {on}.</p>;
  }
  return (
    <Field
      label="Sample (JSON)"
      error={parseJson(sample.payload).error}
      hint="Expressions are tried on it, or on the default payload."
    >
      {(ids) => (
        <TextArea
          {...ids}
          rows={2}
          spellCheck={false}
          placeholder='{"customer": "acme"}'
          value={sample.payload}
          onChange={(event) => tryOn({ ...sample, payload: event.target.value })}
          className="max-h-64 font-mono text-xs"
        />
      )}
    </Field>
  );
}
