import { Field, Input, TextArea } from "@/components/ui/field";

import { errorAt } from "./fields";
import { Part, type PartProps } from "./part";

export function LimitsPart({ form, change, errors }: PartProps) {
  return (
    <Part title="Input and budget">
      <Field label="Default payload (JSON)" path="payload" error={errorAt(errors, "payload")} hint="The run's input where the fire brings none">
        {(ids) => (
          <TextArea
            {...ids}
            rows={3}
            value={form.payload}
            spellCheck={false}
            onChange={(event) => change({ payload: event.target.value })}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <Field label="Budget (USD a month)" path="budgetUsdMonth" error={errorAt(errors, "budgetUsdMonth")} hint="Empty: none. Once it is spent, fires are skipped.">
        {(ids) => (
          <Input {...ids} inputMode="decimal" value={form.budget} onChange={(event) => change({ budget: event.target.value })} />
        )}
      </Field>
    </Part>
  );
}
