import { NumberInput } from "./number-input";

/** By how many points the success rate must be above the threshold, unless a person says otherwise. */
const HYSTERESIS = 5;
const HIGHEST = 100;

interface RecoverFieldProps {
  threshold: number;
  value: number | null;
  set: (value: number | null) => void;
  attributes: object;
}

/** From which success rate on an alert or a slowdown is taken back; empty for the usual one. */
export function RecoverField({ threshold, value, set, attributes }: RecoverFieldProps) {
  const usual = Number.isNaN(threshold) ? "" : String(Math.min(threshold + HYSTERESIS, HIGHEST));
  return (
    <div className="mt-2 flex flex-wrap items-center gap-x-1.5 gap-y-2">
      It counts as recovered at{" "}
      <span data-field="healthPolicy.recoverThreshold" className="inline-block w-16">
        <NumberInput
          {...attributes}
          aria-label="Recovers at (%)"
          placeholder={usual}
          value={value ?? Number.NaN}
          onChange={(next) => set(Number.isNaN(next) ? null : next)}
        />
      </span>
      % again
    </div>
  );
}
