import { useState } from "react";

import { Field, Input, Select } from "@/components/ui/field";
import { useZone } from "@/lib/preferences";
import { instantIn, snoozeChoices } from "@/lib/time/snooze";
import { cityOf } from "@/lib/time/zones";

const FOR_GOOD = "";
const OWN = "own";

/** The duration of a bulk pause; calls back with the end, or nothing for a pause without one. */
export function UntilField({ onChange }: { onChange: (until: string | undefined) => void }) {
  const zone = useZone();
  // Fixed when the dialog opens, so that the dry run and the action use the same end.
  const [choices] = useState(() => snoozeChoices(Date.now(), zone));
  const [choice, setChoice] = useState(FOR_GOOD);
  return (
    <div className="mb-3 flex flex-wrap gap-3">
      <Field label="How long">
        {(ids) => (
          <Select
            {...ids}
            value={choice}
            onChange={({ target }) => {
              setChoice(target.value);
              onChange(choices.find((one) => one.until === target.value)?.until);
            }}
          >
            <option value={FOR_GOOD}>Until someone resumes them</option>
            {choices.map(({ label, until }) => (
              <option key={label} value={until}>
                {label}
              </option>
            ))}
            <option value={OWN}>Until…</option>
          </Select>
        )}
      </Field>
      {choice === OWN && (
        <Field label={`Until (${cityOf(zone)} time)`}>
          {(ids) => (
            <Input {...ids} type="datetime-local" onChange={({ target }) => onChange(instantIn(zone, target.value))} />
          )}
        </Field>
      )}
    </div>
  );
}
