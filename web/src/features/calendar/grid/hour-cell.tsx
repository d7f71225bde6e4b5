import { useState } from "react";

import type { Calendar } from "@/api/outlook";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

import type { ColourBy } from "../colour";
import { Entry } from "./entry";
import { NowLine } from "./now-line";
import { placesFor } from "./ranking";
import { HourSum } from "./totals";

/** More fires than this in one hour are collapsed behind a button. */
const IN_A_CELL = 6;
/** The limit in the day view, which has several columns. */
const IN_A_WIDE_CELL = 24;
const FULL_AT = 12;
const BANDS: Record<string, string> = { low: "bg-healthy-mark", medium: "bg-degrading-mark", high: "bg-failing-mark" };

interface HourCellProps {
  entries: Calendar["entries"];
  /** Whether there is too much to show each fire. */
  summed: boolean;
  wide: boolean;
  load: Calendar["hours"][number] | undefined;
  colourBy: ColourBy;
  isToday: boolean;
  /** Whether the current moment is in this hour. */
  isNow: boolean;
}

export function HourCell({ entries, summed, wide, load, colourBy, isToday, isNow }: HourCellProps) {
  const [all, setAll] = useState(false);
  const few = placesFor(entries.length, wide ? IN_A_WIDE_CELL : IN_A_CELL);
  const shown = all ? entries : entries.slice(0, few);
  const concurrency = load?.concurrency ?? 0;
  const band = load?.band ? BANDS[load.band] : undefined;
  return (
    <div
      className={cn("min-w-0 border-l border-line px-0.5 pt-[5px] pb-0.5", isToday && "bg-accent-soft/25", "relative")}
    >
      {isNow && <NowLine />}
      {band && (
        <div
          role="img"
          aria-label={`${concurrency} running at once`}
          title={`${concurrency} running at once`}
          data-drawn
          className={cn("absolute top-0 left-0 h-[3px] rounded-r-full", band)}
          style={{ width: `${Math.min(100, (concurrency / FULL_AT) * 100)}%` }}
        />
      )}
      {summed && load && <HourSum hour={load} wide={wide} />}
      <div
        className={cn("grid grid-cols-1 gap-0.5", wide && "grid-cols-[repeat(auto-fill,minmax(min(13rem,100%),1fr))]")}
      >
        {shown.map((entry) => (
          <Entry key={`${entry.automationId}${entry.at}${entry.runId ?? ""}`} entry={entry} colourBy={colourBy} />
        ))}
      </div>
      {entries.length > few && (
        <Button
          look="quiet"
          size="sm"
          aria-expanded={all}
          className="mt-0.5 !h-6 w-full !px-1 !text-2xs"
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `Show ${entries.length - few} more`}
        </Button>
      )}
    </div>
  );
}
