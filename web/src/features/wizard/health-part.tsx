import type { HealthPolicy } from "@/api/types";
import { Field, Input, Select } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";

import type { PartProps } from "./page";
import { Part, Wide } from "./part";

const ACTIONS: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Switch it off",
  reduce_frequency: "Slow it down",
  alert: "Only alert",
};

export function HealthPart({ form, change, errors }: PartProps) {
  const { healthPolicy: policy } = form;
  const set = (part: Partial<typeof policy>) => change({ healthPolicy: { ...policy, ...part } });
  return (
    <Part title="Health policy">
      <Wide>
        <div className="flex items-center gap-2.5">
          <Switch label="Watch its success rate" checked={policy.enabled} onChange={(enabled) => set({ enabled })} />
          <span aria-hidden>Watch its success rate, and act when it falls</span>
        </div>
      </Wide>
      {policy.enabled && (
        <>
          <Field label="Below (%)" error={errors["healthPolicy.threshold"]}>
            {(ids) => (
              <Input {...ids} type="number" value={policy.threshold} onChange={(event) => set({ threshold: event.target.valueAsNumber })} />
            )}
          </Field>
          <Field label="Then" error={errors["healthPolicy.action"]}>
            {(ids) => (
              <Select {...ids} value={policy.action} onChange={(event) => set({ action: event.target.value as typeof policy.action })}>
                {Object.entries(ACTIONS).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Of the newest finished runs" error={errors["healthPolicy.window"]}>
            {(ids) => <Input {...ids} type="number" value={policy.window} onChange={(event) => set({ window: event.target.valueAsNumber })} />}
          </Field>
          <Field label="Once so many have finished" error={errors["healthPolicy.minRuns"]}>
            {(ids) => <Input {...ids} type="number" value={policy.minRuns} onChange={(event) => set({ minRuns: event.target.valueAsNumber })} />}
          </Field>
        </>
      )}
    </Part>
  );
}
