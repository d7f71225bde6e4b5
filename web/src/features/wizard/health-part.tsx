import type { HealthPolicy } from "@/api/types";
import { errorAt } from "@/components/form/errors/field-paths";
import { Part, Refusal, WIDE } from "@/components/form/part";
import { Select } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";

import { NumberInput } from "./number-input";
import type { PartProps } from "./part-props";
import { PROBE_FIELDS, ProbeFields } from "./probe-fields";
import { RecoverField } from "./recover-field";

const ACTIONS: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "disable it",
  reduce_frequency: "slow it down",
  alert: "only alert",
};
const LABELS = { threshold: "Threshold (%)", window: "Recent runs", minRuns: "Minimum runs" } as const;
const ERRORS = "health-policy-errors";

export function HealthPart({ form, change, errors }: PartProps) {
  const { healthPolicy: policy } = form;
  const set = (part: Partial<typeof policy>) => change({ healthPolicy: { ...policy, ...part } });
  const errorOf = (name: string) => errorAt(errors, `healthPolicy.${name}`);
  const refused = [...Object.keys(LABELS), "action", "recoverThreshold", ...PROBE_FIELDS].flatMap(
    (name) => errorOf(name) ?? [],
  );
  const attributes = (name: string) => ({ "aria-describedby": ERRORS, "aria-invalid": errorOf(name) !== undefined });
  const number = (name: keyof typeof LABELS) => (
    <span data-field={`healthPolicy.${name}`} className="inline-block w-16">
      <NumberInput
        {...attributes(name)}
        aria-label={LABELS[name]}
        value={policy[name]}
        onChange={(value) => set({ [name]: value })}
      />
    </span>
  );
  return (
    <Part title="Health policy">
      <div className={WIDE}>
        <div className="flex items-center gap-2.5">
          <Switch label="Watch the success rate" checked={policy.enabled} onChange={(enabled) => set({ enabled })} />
          <span aria-hidden>Watch the success rate, and act when it falls</span>
        </div>
      </div>
      {/* Errors are shown even while the policy is off. */}
      {(policy.enabled || refused.length > 0) && (
        <div className={WIDE}>
          <div className="flex flex-wrap items-center gap-x-1.5 gap-y-2">
            When fewer than {number("threshold")}% of the last {number("window")} runs succeed (after at least{" "}
            {number("minRuns")}),
            <span data-field="healthPolicy.action" className="inline-block">
              <Select
                {...attributes("action")}
                aria-label="Action"
                value={policy.action}
                onChange={(event) => set({ action: event.target.value as typeof policy.action })}
              >
                {Object.entries(ACTIONS).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            </span>
          </div>
          {(policy.action !== "disable" || policy.recoverThreshold !== null) && (
            <RecoverField
              threshold={policy.threshold}
              value={policy.recoverThreshold}
              set={(recoverThreshold) => set({ recoverThreshold })}
              attributes={attributes("recoverThreshold")}
            />
          )}
          {policy.action === "disable" && (
            <ProbeFields probe={policy.probe} set={(probe) => set({ probe })} attributes={attributes} />
          )}
          <div id={ERRORS} className="mt-1">
            {refused.map((text) => (
              <Refusal key={text} text={text} />
            ))}
          </div>
        </div>
      )}
    </Part>
  );
}
