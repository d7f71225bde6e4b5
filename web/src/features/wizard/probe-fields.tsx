import defaults from "@/api/defaults.json";
import type { HealthPolicy } from "@/api/types";
import { Switch } from "@/components/ui/switch";

import { NumberInput } from "./number-input";

type Probe = NonNullable<HealthPolicy["probe"]>;

const LABELS = {
  afterMinutes: "Minutes until the first probe",
  maxMinutes: "Longest delay in minutes",
  successes: "Probes that must complete",
} as const;
export const PROBE_FIELDS = Object.keys(LABELS).map((name) => `probe.${name}`);
/** What the form suggests; the API has no default for the first delay. */
const SUGGESTED: Probe = { afterMinutes: 30, ...defaults.ProbeConfig };

interface ProbeFieldsProps {
  probe: HealthPolicy["probe"];
  set: (probe: Probe | null) => void;
  attributes: (name: string) => object;
}

/** Whether a disabled automation is tried again by itself, and when. */
export function ProbeFields({ probe, set, attributes }: ProbeFieldsProps) {
  const number = (name: keyof typeof LABELS) => (
    <span data-field={`healthPolicy.probe.${name}`} className="inline-block w-20">
      <NumberInput
        {...attributes(`probe.${name}`)}
        aria-label={LABELS[name]}
        value={probe?.[name] ?? Number.NaN}
        onChange={(value) => probe && set({ ...probe, [name]: value })}
      />
    </span>
  );
  return (
    <div className="mt-2">
      <div className="flex items-center gap-2.5">
        <Switch label="Try it again by itself" checked={Boolean(probe)} onChange={(on) => set(on ? SUGGESTED : null)} />
        <span aria-hidden>Try it again by itself with a single run, a probe</span>
      </div>
      {probe && (
        <div className="mt-2 flex flex-wrap items-center gap-x-1.5 gap-y-2">
          First after {number("afterMinutes")} minutes, twice as late after each failed probe, at most{" "}
          {number("maxMinutes")} minutes; enable it when {number("successes")} in a row complete.
        </div>
      )}
    </div>
  );
}
