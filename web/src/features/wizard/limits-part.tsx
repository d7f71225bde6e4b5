import { Part } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { Field, Input, MONO, TextArea } from "@/components/ui/field";

import type { PartProps } from "./part-props";

export function LimitsPart({ form, change, errors }: PartProps) {
  return (
    <Part title="Input and budget">
      <Field
        label="Default payload (JSON)"
        path="payload"
        error={errorAt(errors, "payload")}
        hint="Used as the run's input when a fire has no payload"
      >
        {(ids) => (
          <TextArea
            {...ids}
            rows={3}
            value={form.payload}
            spellCheck={false}
            onChange={(event) => change({ payload: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field
        label="Budget (USD per month)"
        path="budgetUsdMonth"
        error={errorAt(errors, "budgetUsdMonth")}
        hint="Leave empty for none. Runs that don't fit wait or are skipped; warnings and time zone are on the page Budgets."
      >
        {(ids) => (
          <Input
            {...ids}
            inputMode="decimal"
            value={form.budgetUsdMonth}
            onChange={(event) => change({ budgetUsdMonth: event.target.value })}
          />
        )}
      </Field>
    </Part>
  );
}
