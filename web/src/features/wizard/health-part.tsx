import type { HealthPolicy } from "@/api/types";
import { Part, WIDE } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { Field, Select } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";

import { NumberInput } from "./number-input";
import type { PartProps } from "./part-props";

const ACTIONS: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Switch it off",
  reduce_frequency: "Slow it down",
  alert: "Only alert",
};

export function HealthPart({ form, change, errors }: PartProps) {
  const { healthPolicy: policy } = form;
  const set = (part: Partial<typeof policy>) => change({ healthPolicy: { ...policy, ...part } });
  // What was refused is shown even where the policy is off.
  const refused = Object.keys(errors).some((path) => path.startsWith("healthPolicy."));
  return (
    <Part title="Health policy">
      <div className={WIDE}>
        <div className="flex items-center gap-2.5">
          <Switch label="Watch its success rate" checked={policy.enabled} onChange={(enabled) => set({ enabled })} />
          <span aria-hidden>Watch its success rate, and act when it falls</span>
        </div>
      </div>
      {(policy.enabled || refused) && (
        <>
          <Field label="Below (%)" path="healthPolicy.threshold" error={errorAt(errors, "healthPolicy.threshold")}>
            {(ids) => <NumberInput {...ids} value={policy.threshold} onChange={(threshold) => set({ threshold })} />}
          </Field>
          <Field label="Then" path="healthPolicy.action" error={errorAt(errors, "healthPolicy.action")}>
            {(ids) => (
              <Select
                {...ids}
                value={policy.action}
                onChange={(event) => set({ action: event.target.value as typeof policy.action })}
              >
                {Object.entries(ACTIONS).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field
            label="Of the latest finished runs"
            path="healthPolicy.window"
            error={errorAt(errors, "healthPolicy.window")}
          >
            {(ids) => <NumberInput {...ids} value={policy.window} onChange={(window) => set({ window })} />}
          </Field>
          <Field
            label="After at least this many runs"
            path="healthPolicy.minRuns"
            error={errorAt(errors, "healthPolicy.minRuns")}
          >
            {(ids) => <NumberInput {...ids} value={policy.minRuns} onChange={(minRuns) => set({ minRuns })} />}
          </Field>
        </>
      )}
    </Part>
  );
}
