import { errorAt } from "@/components/form/errors/field-paths";
import { ZoneField } from "@/components/form/zone-field";
import { Field, Input, MONO, Select } from "@/components/ui/field";
import { CATCHUPS, OVERLAPS } from "@/lib/words/config";
import { inWords } from "@/lib/time/time";

import { NumberInput } from "../number-input";
import type { PartProps } from "../part-props";

const EXAMPLES = [
  { cron: "*/30 * * * *", label: "every 30 min" },
  { cron: "0 * * * *", label: "every hour" },
  { cron: "0 9 * * 1-5", label: "working days at 9" },
  { cron: "0 22 * * *", label: "every night at 10" },
  { cron: "0 8 * * 1", label: "Mondays at 8" },
];

export function ScheduleFields({ form, change, errors, ahead }: PartProps) {
  const { schedule } = form;
  const set = (part: Partial<typeof schedule>) => change({ schedule: { ...schedule, ...part } });
  return (
    <>
      <div className="flex min-w-0 flex-col gap-1">
        <Field
          label="Cron"
          path="schedule.cronExpr"
          error={errorAt(errors, "schedule.cronExpr")}
          hint={ahead.data?.cronText}
        >
          {(ids) => (
            <Input
              {...ids}
              value={schedule.cronExpr}
              placeholder="minute hour day month weekday"
              onChange={(event) => set({ cronExpr: event.target.value })}
              className={MONO}
            />
          )}
        </Field>
        <div role="group" aria-label="Examples" className="flex flex-wrap gap-x-2.5 text-xs">
          {EXAMPLES.map((one) => (
            <button
              key={one.cron}
              type="button"
              title={one.cron}
              className="min-h-6 text-accent hover:underline"
              onClick={() => set({ cronExpr: one.cron })}
            >
              {one.label}
            </button>
          ))}
        </div>
      </div>
      <ZoneField
        path="schedule.timezone"
        value={schedule.timezone}
        error={errorAt(errors, "schedule.timezone")}
        onChange={(timezone) => set({ timezone })}
      />
      <Field
        label="If the previous run is still going"
        path="schedule.overlap"
        error={errorAt(errors, "schedule.overlap")}
      >
        {(ids) => (
          <Select {...ids} value={schedule.overlap} onChange={(event) => set({ overlap: event.target.value })}>
            {Object.entries(OVERLAPS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Due times that an outage or a pause has missed"
        path="schedule.catchup"
        error={errorAt(errors, "schedule.catchup")}
      >
        {(ids) => (
          <Select {...ids} value={schedule.catchup} onChange={(event) => set({ catchup: event.target.value })}>
            {Object.entries(CATCHUPS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Spreading may move it by (min)"
        path="spreadMinutes"
        error={errorAt(errors, "spreadMinutes")}
        hint={
          form.spreadMinutes > 0
            ? `By up to ${inWords(form.spreadMinutes * 60)} either way, so that fewer start together`
            : "Only if somebody asks for it"
        }
      >
        {(ids) => (
          <NumberInput {...ids} value={form.spreadMinutes} onChange={(spreadMinutes) => change({ spreadMinutes })} />
        )}
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <Field
          label="Catch up (s)"
          path="schedule.catchupSeconds"
          error={errorAt(errors, "schedule.catchupSeconds")}
          hint={
            schedule.catchupSeconds > 0
              ? `Catches up within ${inWords(schedule.catchupSeconds)} after an outage`
              : "Fires missed during an outage are skipped"
          }
        >
          {(ids) => (
            <NumberInput
              {...ids}
              value={schedule.catchupSeconds}
              onChange={(catchupSeconds) => set({ catchupSeconds })}
            />
          )}
        </Field>
        <Field
          label="Jitter (s)"
          path="schedule.jitterSeconds"
          error={errorAt(errors, "schedule.jitterSeconds")}
          hint={schedule.jitterSeconds > 0 ? `Starts up to ${inWords(schedule.jitterSeconds)} late` : "Starts on time"}
        >
          {(ids) => (
            <NumberInput {...ids} value={schedule.jitterSeconds} onChange={(jitterSeconds) => set({ jitterSeconds })} />
          )}
        </Field>
      </div>
    </>
  );
}
