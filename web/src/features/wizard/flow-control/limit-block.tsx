import { useId } from "react";

import type { ExpressionResult } from "@/api/types";
import { errorAt } from "@/components/form/errors/field-paths";
import { Refusal } from "@/components/form/part";
import { Field, Input, MONO, Select } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import { inWords } from "@/lib/time/time";
import { type Limit, limitInWords, LIMITS } from "@/lib/words/flow-control";

import type { PartProps } from "../part-props";
import { FIELDS, type LimitField, pathOf } from "./fields";
import { conflictOf, flowControlOf, uselessBecause } from "./values";

interface LimitBlockProps extends PartProps {
  limit: Limit;
}

/** One limit: its switch, its fields, and what they mean in words. */
export function LimitBlock(props: LimitBlockProps) {
  const { limit, form, change, errors } = props;
  const { flowControl } = form;
  const { on, values } = flowControl[limit];
  const { label, hint } = LIMITS[limit];
  const note = useId();
  const conflict = conflictOf(limit, flowControl, form.source);
  const closed = conflict ?? uselessBecause(limit, flowControl);
  const control = flowControlOf(flowControl);
  const words = on && control ? limitInWords(control, limit) : "";
  const path = `flowControl.${limit}`;
  // The error of a limit that is a single field shows at that field.
  const refused = FIELDS[limit].some((field) => field.name === "") ? undefined : errors[path];
  const set = (part: Partial<typeof flowControl.concurrency>) =>
    change({ flowControl: { ...flowControl, [limit]: { ...flowControl[limit], ...part } } });
  return (
    <div data-field={path} className="border-b border-line py-1 last:border-b-0">
      <div className="flex items-start gap-2.5">
        <Switch
          label={label}
          checked={on}
          disabled={!on && closed !== undefined}
          onChange={(next) => set({ on: next })}
        />
        <p className="flex min-h-6 min-w-0 flex-wrap items-center gap-x-2">
          <span aria-hidden className={on ? "font-medium" : ""}>
            {label}
          </span>
          <span className="text-xs text-ink-3">{!on && closed ? closed : hint}</span>
        </p>
      </div>
      {on && (
        <div className="mt-1 mb-2 flex flex-col gap-2 sm:pl-[2.375rem]">
          <div className="grid items-start gap-x-3 gap-y-2 sm:grid-cols-2 xl:grid-cols-4" aria-describedby={note}>
            {FIELDS[limit].map((field) => (
              <LimitInput
                key={field.name}
                {...props}
                field={field}
                value={values[field.name] ?? ""}
                onChange={(value) => set({ values: { ...values, [field.name]: value } })}
              />
            ))}
          </div>
          <Refusal text={refused ?? conflict} />
          <p
            id={note}
            role="note"
            aria-label={`${label} in words`}
            className="text-xs [overflow-wrap:anywhere] text-ink-2 empty:hidden"
          >
            {words}
          </p>
        </div>
      )}
    </div>
  );
}

interface LimitInputProps extends LimitBlockProps {
  field: LimitField;
  value: string;
  onChange: (value: string) => void;
}

function LimitInput({ limit, field, value, onChange, errors, ahead, form }: LimitInputProps) {
  const path = pathOf(limit, field);
  const { type, label, placeholder, choices } = field;
  const result = ahead.data?.expressions?.find((one) => one.field === path);
  return (
    <Field
      label={label}
      path={path}
      error={errorAt(errors, path)}
      className={type === "expression" ? "sm:col-span-2" : undefined}
      hint={
        type === "number" ? (
          secondsInWords(field, value, limit)
        ) : (
          <Yields result={result} scheduled={form.source === "schedule"} />
        )
      }
    >
      {(ids) =>
        type === "choice" ? (
          <Select {...ids} value={value} onChange={(event) => onChange(event.target.value)}>
            {Object.entries(choices ?? {}).map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            {...ids}
            {...(type === "number" ? { type: "number", inputMode: "numeric", min: 1 } : { className: MONO })}
            value={value}
            placeholder={placeholder ?? (field.empty === null ? "no limit" : undefined)}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}

/** "= 1 h", for times from a minute on. */
function secondsInWords({ name }: LimitField, value: string, limit: Limit): string | undefined {
  const seconds = Number(value);
  const isTime = name.endsWith("Seconds") || limit === "maxWaitSeconds";
  return isTime && seconds >= 60 && Number.isInteger(seconds) ? `= ${inWords(seconds)}` : undefined;
}

/** What an expression yields for the sample; an error shows as the field's. */
function Yields({ result, scheduled }: { result: ExpressionResult | undefined; scheduled: boolean }) {
  if (!result || result.value === null || result.value === undefined) return null;
  return (
    <>
      {scheduled ? "Payload" : "Sample"} yields{" "}
      <code className="font-mono [overflow-wrap:anywhere] text-ink-2">{result.value || '""'}</code>
    </>
  );
}
