import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { densityQuery } from "@/api/outlook";
import type { LiveFilters } from "@/api/live";
import { Segmented } from "@/components/ui/segmented";
import { cityOf } from "@/lib/time/zones";
import { useZone } from "@/lib/preferences";

import { bulkFilter, useScheduleSearch } from "../filters";
import { SpreadButton } from "../spread/button";
import { DayBar } from "./day-bar";
import { MEASURES, type Measure, mostArrivals } from "./measures";
import { BusiestHour, HighestConcurrency, SelectedHour } from "./headline";
import { HATCHED } from "./hour-cell";
import { WeekGrid } from "./week-grid";

const HOURS = { day: 24, week: 168 } as const;

interface DensityProps {
  filters: LiveFilters;
  /** How many automations the list shows. */
  listed: number | undefined;
}

/** The load of the next day or week; a click on an hour lists what starts in it. */
export function Density({ filters, listed }: DensityProps) {
  const zone = useZone();
  const [search, change] = useScheduleSearch();
  const span = search.load ?? "day";
  const measure: Measure = search.measure ?? "weighted";
  const query = useMemo(() => {
    // The selected hour narrows the list, not the bar it was selected in.
    const { sort: _, order: __, archived: ___, startsFrom: ____, startsTo: _____, ...kept } = filters;
    return { ...kept, hours: HOURS[span], tz: zone };
  }, [filters, span, zone]);
  const density = useQuery(densityQuery(query));
  const slots = density.data?.slots;

  if (density.isError && !slots) {
    return (
      <p className="rounded-lg border border-line bg-panel px-3.5 py-2 text-ink-2">
        Could not load the next hours: {density.error.message}
      </p>
    );
  }
  const most = Math.max(0, ...(slots ?? []).map(MEASURES[measure].value));
  return (
    <section aria-label="Load" className="rounded-lg border border-line bg-panel px-3.5 pt-2 pb-2.5">
      <header className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-medium">
          {span === "day" ? "Next 24 hours" : "Next 7 days"}
          <span className="ml-1.5 text-xs font-normal text-ink-3" title={zone}>
            {cityOf(zone)} time
          </span>
        </h2>
        {measure === "concurrency"
          ? slots && <HighestConcurrency slots={slots} showDay={span === "week"} />
          : density.data?.peak && <BusiestHour peak={density.data.peak} showDay={span === "week"} />}
        {search.hour && filters.startsFrom && (
          <SelectedHour
            hour={filters.startsFrom}
            zone={zone}
            listed={listed}
            onClear={() => change({ hour: undefined })}
          />
        )}
        {slots && <SpreadButton size="sm" which={{ filter: bulkFilter({ ...filters, archived: [false] }) }} />}
        <span className="flex-1" />
        {slots && mostArrivals(slots) > 0 && (
          <span className="inline-flex items-center gap-1.5 text-2xs text-ink-3">
            <span data-drawn className={`h-2 w-3 rounded-[2px] ${HATCHED}`} />
            expected from triggers
          </span>
        )}
        <Segmented
          label="Measure"
          value={measure}
          onChange={(next) => change({ measure: next === "weighted" ? undefined : next })}
          options={(Object.keys(MEASURES) as Measure[]).map((value) => ({ value, label: MEASURES[value].label }))}
        />
        <Segmented
          label="Span"
          value={span}
          onChange={(next) => change({ load: next === "week" ? next : undefined, hour: undefined })}
          options={[
            { value: "day", label: "24 h" },
            { value: "week", label: "7 d" },
          ]}
        />
      </header>
      {!slots ? (
        <div className="h-12 breathe rounded bg-sunken" />
      ) : span === "day" ? (
        <DayBar slots={slots} most={most} measure={measure} />
      ) : (
        <WeekGrid slots={slots} most={most} measure={measure} />
      )}
    </section>
  );
}
