import { useState } from "react";

import type { Calendar } from "@/api/load";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { shortDay } from "@/lib/time";

import { type ColourBy, COLOURS, signOf } from "./colour";
import { byHour, clockChange, failuresOf, loads, placesFor, type Span, spans } from "./dates";
import { Entry } from "./entry";
import { HourSum } from "./totals";

interface WeekProps {
  calendar: Calendar;
  days: string[];
  today: string;
  colourBy: ColourBy;
  onExpand: (automationId: string) => void;
  onDay: (day: string) => void;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
/** More fires than this in one hour are folded behind a button. */
const IN_A_CELL = 6;
/** The same where a day has the whole width, in columns. */
const IN_A_WIDE_CELL = 24;
const LANES = 8;
const FULL_AT = 12;
const BANDS: Record<string, string> = { low: "bg-healthy-mark", medium: "bg-degrading-mark", high: "bg-failing-mark" };

/** Hours down, days across: a quiet hour is a thin line, a busy one lists its fires one below the other. */
export function Week({ calendar, days, today, colourBy, onExpand, onDay }: WeekProps) {
  const cells = byHour(calendar.entries);
  const busy = loads(calendar.hours);
  const summed = calendar.entriesLeftOut > 0;
  const [everyBar, setEveryBar] = useState(false);
  const bars = spans(calendar.entries, days);
  const first = bars.filter((bar) => bar.lane < LANES);
  const fewBars = placesFor(bars.length, first.length) === bars.length ? bars : first;
  const shownBars = everyBar ? bars : fewBars;
  const columns = { gridTemplateColumns: `3rem repeat(${days.length}, minmax(0, 1fr))` };
  return (
    <div className="rounded-lg border border-line bg-panel">
      <div className="sticky top-12 z-10 rounded-t-lg border-b border-line bg-panel">
        <div className="grid" style={columns}>
          <span />
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
          <span className="pr-2 text-right text-2xs leading-[22px] text-ink-3" style={{ gridColumn: 1, gridRow: 1 }}>
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
            <Cell
              key={day}
              entries={cells.get(`${day}T${hour}`) ?? []}
              summed={summed}
              wide={days.length === 1}
              load={busy.get(`${day}T${hour}`)}
              colourBy={colourBy}
              isToday={day === today}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface CellProps {
  entries: Calendar["entries"];
  /** Whether there is too much to show each fire. */
  summed: boolean;
  wide: boolean;
  load: Calendar["hours"][number] | undefined;
  colourBy: ColourBy;
  isToday: boolean;
}

function Cell({ entries, summed, wide, load, colourBy, isToday }: CellProps) {
  const [all, setAll] = useState(false);
  const few = placesFor(entries.length, wide ? IN_A_WIDE_CELL : IN_A_CELL);
  const shown = all ? entries : entries.slice(0, few);
  const concurrency = load?.concurrency ?? 0;
  const band = load?.band ? BANDS[load.band] : undefined;
  return (
    <div
      className={cn("min-w-0 border-l border-line px-0.5 pt-[5px] pb-0.5", isToday && "bg-accent-soft/25", "relative")}
    >
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

interface SpanBarProps {
  span: Span;
  colourBy: ColourBy;
  onExpand: (automationId: string) => void;
}

function SpanBar({ span, colourBy, onExpand }: SpanBarProps) {
  const first = span.entries[0];
  if (!first) return null;
  const { icon: Icon, colour: tint, word } = signOf(colourBy, first);
  const colour = COLOURS[colourBy].of(first);
  const failed = failuresOf(span);
  const told = `${first.name}: ${first.cadence}${failed ? `, ${failed}` : ""}${word ? `, ${word}` : ""}. Show each fire`;
  return (
    <button
      type="button"
      title={told}
      aria-label={told}
      onClick={() => onExpand(first.automationId)}
      style={{
        gridColumn: `${span.from + 2} / ${span.to + 3}`,
        gridRow: span.lane + 1,
        borderColor: colour,
        background: `color-mix(in oklab, ${colour} 12%, var(--panel))`,
      }}
      className="@container mx-0.5 flex h-[22px] min-w-0 items-center overflow-hidden rounded-[3px] border-l-[3px] text-left text-2xs hover:brightness-95 dark:hover:brightness-125"
    >
      <span className="flex min-w-0 flex-1 items-center gap-1.5 px-1.5 @max-[10rem]:gap-1 @max-[10rem]:px-1">
        <Icon className="size-3 shrink-0 @max-[10rem]:hidden" style={{ color: tint }} strokeWidth={2} />
        <span className="min-w-5 shrink-[99] truncate font-medium">{first.name}</span>
        <span className={cn("text-ink-2", first.scheduled ? "truncate" : "shrink-0")}>{first.cadence}</span>
        {failed && (
          <span className="shrink-0 text-failing">
            <span className="@max-[10rem]:hidden">{failed}</span>
            <span className="hidden @max-[10rem]:inline">{failed.replace(" failed", "F")}</span>
          </span>
        )}
      </span>
    </button>
  );
}
