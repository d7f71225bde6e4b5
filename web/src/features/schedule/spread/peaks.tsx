import { useState } from "react";

import type { SpreadPlan } from "@/api/load";
import { Segmented } from "@/components/ui/segmented";
import { dayAndTime } from "@/lib/time/time";

import { short } from "../density/measures";
import { WeekPicture } from "./week-picture";

const MEASURES = {
  hours: { label: "Starts by hour" },
  minutes: { label: "Busiest minute of each hour" },
} as const;
type Measure = keyof typeof MEASURES;

/** The busiest hour and minute now and as planned, what no plan gets below, and both weeks drawn. */
export function Peaks({ plan }: { plan: SpreadPlan }) {
  const [measure, setMeasure] = useState<Measure>("hours");
  const { before, after, lowerBound, timezone: zone, start } = plan;
  const most = Math.max(0, ...before[measure]);
  const picture = { start, zone, most };
  return (
    <section aria-label="Load of the week" className="flex flex-col gap-3">
      <table className="w-full text-left">
        <caption className="sr-only">Agent runs, now and as planned</caption>
        <thead className="text-xs text-ink-3">
          <tr>
            <th className="font-normal">In agent runs</th>
            <th className="pl-3 text-right font-normal">Now</th>
            <th className="pl-3 text-right font-normal">Planned</th>
            <th className="pl-3 text-right font-normal">No plan below</th>
          </tr>
        </thead>
        <tbody>
          <Row
            name="Busiest hour"
            at={before.peakHourAt && dayAndTime(before.peakHourAt, zone)}
            values={[before.peakHour, after.peakHour, lowerBound.hour]}
          />
          <Row
            name="Busiest minute"
            at={before.peakMinuteAt && dayAndTime(before.peakMinuteAt, zone)}
            values={[before.peakMinute, after.peakMinute, lowerBound.minute]}
          />
        </tbody>
      </table>
      {plan.immovablePercent > 0 && (
        <p className="text-xs text-ink-3">
          {Math.round(plan.immovablePercent)}% of the busiest hour cannot leave that hour, whatever is planned.
        </p>
      )}
      <div>
        <Segmented
          label="Drawn"
          value={measure}
          onChange={setMeasure}
          options={(Object.keys(MEASURES) as Measure[]).map((value) => ({ value, label: MEASURES[value].label }))}
        />
      </div>
      <div className="grid gap-4 md:grid-cols-2">
        <WeekPicture label="Now" values={before[measure]} {...picture} />
        <WeekPicture label="Planned" values={after[measure]} {...picture} />
      </div>
    </section>
  );
}

function Row({ name, at, values }: { name: string; at: string | null; values: readonly [number, number, number] }) {
  const [now, planned, bound] = values;
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-1 font-medium">
        {name} {at && <span className="text-xs font-normal text-ink-3">now {at}</span>}
      </th>
      <td className="pl-3 text-right tabular-nums">{short(now)}</td>
      <td className="pl-3 text-right font-semibold tabular-nums">{short(planned)}</td>
      <td className="pl-3 text-right text-ink-3 tabular-nums">{short(bound)}</td>
    </tr>
  );
}
