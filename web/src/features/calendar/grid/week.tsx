import { useEffect, useState } from "react";

import type { Calendar } from "@/api/outlook";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { shortDay, timeOfDay } from "@/lib/time/time";
import { cityOf } from "@/lib/time/zones";

import { spans } from "./bars";
import type { ColourBy } from "../colour";
import { clockChange } from "../dates";
import { HourCell } from "./hour-cell";
import { byHour, loads } from "./hours";
import { placesFor } from "./ranking";
import { SpanBar } from "./span-bar";

interface WeekProps {
  calendar: Calendar;
  days: string[];
  today: string;
  colourBy: ColourBy;
  onExpand: (automationId: string) => void;
  onDay: (day: string) => void;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
const LANES = 8;

/** Hours down, days across: a quiet hour is a thin line, a busy one lists its fires below each other. */
export function Week({ calendar, days, today, colourBy, onExpand, onDay }: WeekProps) {
  const cells = byHour(calendar.entries);
  const busy = loads(calendar.hours);
  const summed = calendar.entriesLeftOut > 0;
  const zone = useZone();
  const currentHour = `${today}T${timeOfDay(new Date(useNow()).toISOString(), zone).slice(0, 2)}`;
  useEffect(scrollToNow, []);
  const [everyBar, setEveryBar] = useState(false);
  const bars = spans(calendar.entries, days);
  const first = bars.filter((bar) => bar.lane < LANES);
  const fewBars = placesFor(bars.length, first.length) === bars.length ? bars : first;
  const shownBars = everyBar ? bars : fewBars;
  const columns = { gridTemplateColumns: `3rem repeat(${days.length}, minmax(0, 1fr))` };
  const isWeek = days.length > 1;
  return (
    // A week keeps its columns readable and scrolls sideways within its border; there, no heading can be sticky.
    <div className={cn("rounded-lg border border-line bg-panel", isWeek && "max-md:overflow-x-auto")}>
      <div className={cn(isWeek && "max-md:min-w-2xl")}>
        <div className={cn("sticky top-12 z-10 rounded-t-lg border-b border-line bg-panel", isWeek && "max-md:static")}>
          <div className="grid" style={columns}>
            <span className="self-center px-1 text-center text-2xs leading-tight text-ink-3" title={`Times in ${zone}`}>
              {cityOf(zone)}
            </span>
            {days.map((day) => (
              <button
                key={day}
                type="button"
                onClick={() => onDay(day)}
                className={cn(
                  "h-8 border-l border-line text-xs hover:bg-sunken",
                  day === today ? "font-semibold text-accent" : "text-ink-2",
                )}
              >
                {shortDay(day)}
                {clockChange(calendar, day) && (
                  <span
                    className="ml-1.5 rounded bg-degrading/15 px-1 text-2xs text-degrading"
                    title={clockChange(calendar, day) ?? ""}
                  >
                    {clockChange(calendar, day)}
                  </span>
                )}
              </button>
            ))}
          </div>
        </div>
        {bars.length > 0 && (
          <div className="relative grid auto-rows-min gap-y-[2px] border-b border-line py-1.5" style={columns}>
            <span className="pr-2 text-right text-2xs leading-6 text-ink-3" style={{ gridColumn: 1, gridRow: 1 }}>
              all day
            </span>
            {shownBars.map((span) => (
              <SpanBar key={span.key} span={span} colourBy={colourBy} onExpand={onExpand} />
            ))}
            {fewBars.length < bars.length && (
              <Button
                look="quiet"
                size="sm"
                aria-expanded={everyBar}
                className="mx-0.5 !h-6 !text-2xs"
                style={{ gridColumn: "2 / -1" }}
                onClick={() => setEveryBar(!everyBar)}
              >
                {everyBar ? "Show fewer" : `Show ${bars.length - shownBars.length} more frequent automations`}
              </Button>
            )}
          </div>
        )}
        {HOURS.map((hour) => (
          <div key={hour} className="grid min-h-6 border-b border-line/60 last:border-b-0" style={columns}>
            <span className="pt-1 pr-2 text-right text-2xs text-ink-3">{hour}:00</span>
            {days.map((day) => (
              <HourCell
                key={day}
                entries={cells.get(`${day}T${hour}`) ?? []}
                summed={summed}
                wide={days.length === 1}
                load={busy.get(`${day}T${hour}`)}
                colourBy={colourBy}
                isToday={day === today}
                isNow={`${day}T${hour}` === currentHour}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Scrolls to the current hour once, unless the reader has already scrolled or opened something. */
function scrollToNow(): void {
  const line = document.querySelector("[data-now]");
  if (!line || window.scrollY > 0 || document.activeElement !== document.body) return;
  if (line.getBoundingClientRect().bottom > window.innerHeight) line.scrollIntoView({ block: "center" });
}
