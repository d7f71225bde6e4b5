import { useMemo } from "react";

import { Field, Input, Select } from "@/components/ui/field";
import { OVERLAPS } from "@/lib/config-words";
import { ownZone } from "@/lib/preferences";

import type { PartProps } from "./page";

const EXAMPLES = [
  { cron: "*/30 * * * *", label: "every 30 min" },
  { cron: "0 * * * *", label: "every hour" },
  { cron: "0 9 * * 1-5", label: "working days at 9" },
  { cron: "0 22 * * *", label: "every night at 10" },
  { cron: "0 8 * * 1", label: "Mondays at 8" },
];

export function ScheduleFields({ form, change, errors }: PartProps) {
  const { schedule } = form;
  const set = (part: Partial<typeof schedule>) => change({ schedule: { ...schedule, ...part } });
  const zones = useMemo(() => [...new Set(["UTC", ownZone, schedule.timezone, ...Intl.supportedValuesOf("timeZone")])], [schedule.timezone]);
  return (
    <>
      <Field
        label="Cron"
        error={errors["schedule.cronExpr"]}
        hint={
          <span className="flex flex-wrap gap-x-2.5">
            {EXAMPLES.map((one) => (
              <button key={one.cron} type="button" className="text-accent hover:underline" onClick={() => set({ cronExpr: one.cron })}>
                {one.label}
              </button>
            ))}
          </span>
        }
      >
        {(ids) => (
          <Input {...ids} value={schedule.cronExpr} onChange={(event) => set({ cronExpr: event.target.value })} className="font-mono" />
        )}
      </Field>
      <Field label="Time zone" error={errors["schedule.timezone"]}>
        {(ids) => (
          <Select {...ids} value={schedule.timezone} onChange={(event) => set({ timezone: event.target.value })}>
            {zones.map((zone) => (
              <option key={zone} value={zone}>
                {zone}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="While an earlier run is under way" error={errors["schedule.overlap"]}>
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
      <div className="grid grid-cols-2 gap-4">
        <Field label="Catch up (s)" error={errors["schedule.catchupSeconds"]} hint="After an outage">
          {(ids) => (
            <Input
              {...ids}
              type="number"
              value={schedule.catchupSeconds}
              onChange={(event) => set({ catchupSeconds: event.target.valueAsNumber })}
            />
          )}
        </Field>
        <Field label="Jitter (s)" error={errors["schedule.jitterSeconds"]} hint="Up to so late">
          {(ids) => (
            <Input
              {...ids}
              type="number"
              value={schedule.jitterSeconds}
              onChange={(event) => set({ jitterSeconds: event.target.valueAsNumber })}
            />
          )}
        </Field>
      </div>
    </>
  );
}
