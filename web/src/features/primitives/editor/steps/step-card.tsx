import { useRef } from "react";

import { More, Refusal, WIDE } from "@/components/form/part";
import { Field, Input, MONO } from "@/components/ui/field";

import defaults from "@/api/defaults.json";
import { dotted } from "../../spec/path";
import { record, text } from "../../spec/read";
import { type Action, actionOf, type Need, needsOf, partOf, renamed, stepsOf, withAction } from "../../spec/steps";
import { useEditing, useField } from "../editing";
import { SelectField, TextField } from "../fields/fields";
import { NeedsField } from "./needs-field";
import { RetrySwitch } from "./retry-switch";
import { type Row, RowButtons } from "../fields/rows";
import { ACTION_FIELDS, ActionChoice } from "./step-actions";

const ON_ERROR = [
  { value: "fail", label: "Fail the run" },
  { value: "continue", label: "Continue the run" },
];

export function StepCard({ row, count }: { row: Row; count: number }) {
  const { value, set, error, place } = useField(row.path);
  const step = record(value);
  const action = actionOf(step);
  // Switching the action and back keeps the entered values.
  const left = useRef({});
  const Fields = ACTION_FIELDS[action];
  const key = text(step.key);

  function choose(next: Action) {
    left.current = { ...left.current, ...partOf(step) };
    set(withAction(step, next, left.current));
  }

  return (
    <section
      aria-label={`Step ${key || row.index + 1}`}
      data-field={place}
      className="scroll-mt-20 rounded-md border border-line px-3 pt-2 pb-3"
    >
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <span className="text-2xs font-medium text-ink-3">{row.index + 1}</span>
        <ActionChoice value={action} onChange={choose} />
        <span className="flex-1" />
        <RowButtons row={row} count={count} what={`step ${key}`} least={1} />
      </div>
      <Refusal text={error} />
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        <KeyField row={row} />
        <Fields path={row.path} />
        <NeedsField path={row.path} className={WIDE} />
        <More title="Condition, input, errors and retry">
          <TextField
            path={[...row.path, "when"]}
            label="Only if (CEL)"
            empty={null}
            hint="Can use input and steps. The step is skipped when this is false."
            mono
          />
          <TextField
            path={[...row.path, "input"]}
            label="Input (CEL)"
            empty={null}
            hint={`Can use ${action === "map" ? "input, steps, item and dueAt" : "input, steps and dueAt"}. Leave empty to pass the run's input and the outputs of the steps it waits for.`}
            mono
          />
          <SelectField
            path={[...row.path, "onError"]}
            label="If it fails"
            options={ON_ERROR}
            fallback={defaults.StepSpec.onError}
          />
          <RetrySwitch path={[...row.path, "retry"]} />
        </More>
      </div>
    </section>
  );
}

function KeyField({ row }: { row: Row }) {
  const { spec, set } = useEditing();
  const { value, error } = useField([...row.path, "key"]);
  // The steps that need this one, from before its key was edited.
  const needs = useRef<readonly Need[]>([]);
  return (
    <div data-field={dotted([...row.path, "key"])} className="min-w-0">
      <Field label="Key" error={error}>
        {(ids) => (
          <Input
            {...ids}
            value={text(value)}
            onFocus={() => (needs.current = needsOf(stepsOf(spec), row.index))}
            onChange={(event) =>
              set(row.path.slice(0, -1), renamed(stepsOf(spec), row.index, event.target.value, needs.current))
            }
            className={MONO}
          />
        )}
      </Field>
    </div>
  );
}
