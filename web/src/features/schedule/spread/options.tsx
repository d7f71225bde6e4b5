import { Field, Input, Select } from "@/components/ui/field";

const SLACKS = [0, 5, 10, 15, 30, 60, 120];

export interface Chosen {
  slackMinutes: number;
  targetHour: number | null;
  targetMinute: number | null;
}

interface OptionsProps {
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

/** How far schedules may move, and what should be reached. */
export function Options({ chosen, onChange }: OptionsProps) {
  return (
    <div className="mb-3 grid gap-3 sm:grid-cols-3">
      <Field label="May move by up to" hint="Unless a schedule says how far itself">
        {(ids) => (
          <Select
            {...ids}
            value={chosen.slackMinutes}
            onChange={({ target }) => onChange({ ...chosen, slackMinutes: Number(target.value) })}
          >
            {[...new Set([...SLACKS, chosen.slackMinutes])]
              .toSorted((one, other) => one - other)
              .map((minutes) => (
                <option key={minutes} value={minutes}>
                  {minutes === 0 ? "Only what allows it itself" : `${minutes} min`}
                </option>
              ))}
          </Select>
        )}
      </Field>
      <Target
        label="At most in an hour"
        value={chosen.targetHour}
        onChange={(targetHour) => onChange({ ...chosen, targetHour })}
      />
      <Target
        label="At most in a minute"
        value={chosen.targetMinute}
        onChange={(targetMinute) => onChange({ ...chosen, targetMinute })}
      />
    </div>
  );
}

interface TargetProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
}

function Target({ label, value, onChange }: TargetProps) {
  return (
    <Field label={label} hint="Agent runs. Both empty: as few as can be">
      {(ids) => (
        <Input
          {...ids}
          type="number"
          inputMode="decimal"
          min={0}
          value={value ?? ""}
          onChange={({ target }) => onChange(target.valueAsNumber > 0 ? target.valueAsNumber : null)}
        />
      )}
    </Field>
  );
}
