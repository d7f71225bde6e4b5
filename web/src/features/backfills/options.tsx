import type { ReactNode } from "react";

import { Checkbox } from "@/components/ui/checkbox";
import { Field, Input, Select } from "@/components/ui/field";

/** What every backfill is started with. */
export interface Options {
  limit: number;
  order: "oldest" | "newest";
  fireDependents: boolean;
  countInHealth: boolean;
}

export const DEFAULTS: Options = { limit: 1, order: "oldest", fireDependents: false, countInHealth: false };

const MOST_AT_ONCE = 100;

interface OptionFieldsProps {
  options: Options;
  onChange: (next: Options) => void;
  /** More switches. */
  children?: ReactNode;
}

export function OptionFields({ options, onChange, children }: OptionFieldsProps) {
  const change = (part: Partial<Options>) => onChange({ ...options, ...part });
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label="At once" hint="Live runs go first">
          {(ids) => (
            <Input
              {...ids}
              type="number"
              min={1}
              max={MOST_AT_ONCE}
              value={Number.isNaN(options.limit) ? "" : options.limit}
              onChange={({ target }) => change({ limit: target.valueAsNumber })}
            />
          )}
        </Field>
        <Field label="Start with">
          {(ids) => (
            <Select
              {...ids}
              value={options.order}
              onChange={({ target }) => change({ order: target.value === "newest" ? "newest" : "oldest" })}
            >
              <option value="oldest">The oldest</option>
              <option value="newest">The newest</option>
            </Select>
          )}
        </Field>
      </div>
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {children}
        <Option
          label="Fire dependent automations"
          checked={options.fireDependents}
          onChange={(fireDependents) => change({ fireDependents })}
        />
        <Option
          label="Count for health"
          title="Their outcomes count for severity and health policy"
          checked={options.countInHealth}
          onChange={(countInHealth) => change({ countInHealth })}
        />
      </div>
    </>
  );
}

interface OptionProps {
  label: string;
  title?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Option({ label, title, checked, onChange }: OptionProps) {
  return (
    <label className="inline-flex min-h-6 items-center gap-2" title={title}>
      <Checkbox label={label} checked={checked} onChange={onChange} />
      {label}
    </label>
  );
}

/** Whether the number of runs at once can be sent. */
export const isComplete = ({ limit }: Options) => Number.isInteger(limit) && limit >= 1 && limit <= MOST_AT_ONCE;
