import type { Calendar } from "@/api/outlook";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";
import { shortDay } from "@/lib/time/time";

import type { ColourBy } from "../colour";
import { clockChange, dayOf } from "../dates";
import { Entry } from "./entry";
import { hoursByDay, together } from "./hours";
import { firstOf, placesFor, ranked } from "./ranking";
import { Kinds } from "./totals";

interface MonthProps {
  calendar: Calendar;
  days: string[];
  month: string;
  today: string;
  colourBy: ColourBy;
  onDay: (day: string) => void;
}

const IN_A_CELL = 4;

/** Six weeks: for each day the number of fires and the most important entries. */
export function Month({ calendar, days, month, today, colourBy, onDay }: MonthProps) {
  const byDay = new Map<string, Calendar["entries"]>();
  const sums = hoursByDay(calendar.hours);
  for (const entry of calendar.entries) byDay.set(dayOf(entry.at), [...(byDay.get(dayOf(entry.at)) ?? []), entry]);
  return (
    <div className="grid grid-cols-7 overflow-hidden rounded-lg border border-line bg-panel">
      {days.slice(0, 7).map((day) => (
        <span
          key={day}
          className="border-b border-l border-line py-1.5 text-center text-xs text-ink-2 first:border-l-0"
        >
          {shortDay(day).split(" ")[0]}
        </span>
      ))}
      {days.map((day, index) => (
        <Day
          key={day}
          day={day}
          entries={byDay.get(day) ?? []}
          sum={together(sums.get(day) ?? [])}
          summed={calendar.entriesLeftOut > 0}
          clocks={clockChange(calendar, day)}
          colourBy={colourBy}
          outside={!day.startsWith(month)}
          isToday={day === today}
          firstInWeek={index % 7 === 0}
          onDay={onDay}
        />
      ))}
    </div>
  );
}

interface DayProps {
  day: string;
  entries: Calendar["entries"];
  sum: ReturnType<typeof together>;
  /** Whether there is too much to show each fire. */
  summed: boolean;
  clocks: string | null;
  colourBy: ColourBy;
  outside: boolean;
  isToday: boolean;
  firstInWeek: boolean;
  onDay: (day: string) => void;
}

function Day({ day, entries, sum, summed, clocks, colourBy, outside, isToday, firstInWeek, onDay }: DayProps) {
  const { fires, failed } = sum;
  const once = ranked(entries);
  const shown = firstOf(once, placesFor(once.length, IN_A_CELL));
  return (
    <div
      className={cn(
        "min-h-16 min-w-0 border-b border-line p-1 sm:min-h-28",
        !firstInWeek && "border-l",
        outside && "bg-sunken/60",
      )}
    >
      <button
        type="button"
        onClick={() => onDay(day)}
        className="flex min-h-6 w-full items-center gap-x-1.5 rounded px-1 text-left hover:bg-sunken max-sm:flex-col"
        aria-label={`${day}: ${plural(fires, "fire")}`}
      >
        <span className={cn("text-xs", isToday ? "font-semibold text-accent" : outside ? "text-ink-3" : "text-ink")}>
          {Number(day.slice(8))}
        </span>
        <span className="truncate text-2xs text-ink-3">
          {fires > 0 && count(fires)}
          <span className="max-sm:sr-only">{fires > 0 && (fires === 1 ? " fire" : " fires")}</span>
        </span>
        <span className="flex-1 max-sm:hidden" />
        {failed > 0 && (
          <span className="text-2xs whitespace-nowrap text-failing">
            {count(failed)}
            <span className="max-sm:sr-only"> failed</span>
            <span aria-hidden className="sm:hidden">
              F
            </span>
          </span>
        )}
        {clocks && (
          <span className="text-2xs whitespace-nowrap text-degrading" title={clocks}>
            {clocks.replace("Clocks go ", "").replace("forward", "+").replace("back", "−")}
          </span>
        )}
      </button>
      {summed && fires > 0 && <Kinds sum={sum} className="hidden flex-col px-1 sm:flex" />}
      <div className="hidden flex-col gap-0.5 pt-0.5 sm:flex">
        {shown.map((entry) => (
          <Entry key={`${entry.automationId}${entry.at}${entry.runId ?? ""}`} entry={entry} colourBy={colourBy} bare />
        ))}
        {once.length > shown.length && (
          <Button look="quiet" size="sm" className="!h-6 w-full !px-1 !text-2xs" onClick={() => onDay(day)}>
            {once.length - shown.length} more automations
          </Button>
        )}
      </div>
    </div>
  );
}
