import type { FireWhen } from "@/api/types";
import { FIRE_CHOICES } from "@/lib/words/dependencies";

import { Field, Input, Select } from "../ui/field";
import { Switch } from "../ui/switch";

/** What a dependency does. */
export interface DependencyForm {
  fireWhen: FireWhen | null;
  passPayload: boolean;
  note: string;
}

export const NEW_DEPENDENCY: DependencyForm = { fireWhen: null, passPayload: false, note: "" };

interface DependencyFieldsProps {
  value: DependencyForm;
  onChange: (value: DependencyForm) => void;
  /** The dotted names of the fields, and their errors. */
  path?: string;
  errorOf?: (field: string) => string | undefined;
}

/** Whether the other's runs fire the automation, with which input, and why. */
export function DependencyFields({ value, onChange, path = "", errorOf = () => undefined }: DependencyFieldsProps) {
  return (
    <>
      <Field label="Effect" path={`${path}fireWhen`} error={errorOf("fireWhen")}>
        {(ids) => (
          <Select
            {...ids}
            value={value.fireWhen ?? ""}
            onChange={({ target }) => {
              const fireWhen = (target.value || null) as FireWhen | null;
              onChange({ ...value, fireWhen, passPayload: fireWhen !== null && value.passPayload });
            }}
          >
            {FIRE_CHOICES.map((one) => (
              <option key={one.value} value={one.value}>
                {one.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Note (optional)" path={`${path}note`} error={errorOf("note")}>
        {(ids) => (
          <Input
            {...ids}
            value={value.note}
            maxLength={1000}
            placeholder="Why it is needed"
            onChange={({ target }) => onChange({ ...value, note: target.value })}
          />
        )}
      </Field>
      {value.fireWhen && (
        <div className="flex items-center gap-2.5 sm:col-span-2">
          <Switch
            label="Use the output of that run as input"
            checked={value.passPayload}
            onChange={(passPayload) => onChange({ ...value, passPayload })}
          />
          <span aria-hidden>Use the output of that run as input</span>
        </div>
      )}
    </>
  );
}
