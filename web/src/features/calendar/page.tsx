import { CalendarX } from "lucide-react";
import { useRef } from "react";

import { Failure, Notice } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { dayIn } from "@/lib/time/time";

import type { ColourBy } from "./colour";
import { daysOf } from "./dates";
import { Month } from "./grid/month";
import { CalendarSkeleton } from "./skeleton";
import { Toolbar } from "./toolbar/toolbar";
import { MOST_ENTRIES, useCalendar, useCalendarSearch, useDefaultView } from "./use-calendar";
import { Week } from "./grid/week";

export function CalendarPage() {
  const [search, change] = useCalendarSearch();
  const zone = useZone();
  const today = dayIn(zone, useNow());
  const defaultView = useDefaultView();
  const view = search.view ?? defaultView;
  const day = search.day ?? today;
  const days = daysOf(view, day);
  const colourBy: ColourBy = search.colour ?? "primitive";
  const { query, calendar, automations, agents, expanded } = useCalendar(days);

  // The heading takes the focus if the clicked element disappears: a day of a month, a collapsed bar.
  const heading = useRef<HTMLHeadingElement>(null);
  const focusHeading = () => heading.current?.focus({ preventScroll: true });
  function toDay(next: string) {
    focusHeading();
    change({ view: "day", day: next });
  }

  return (
    <>
      <Toolbar view={view} day={day} today={today} days={days} filter={{ agents, automations }} heading={heading} />
      {expanded.length > 0 && (
        <Button
          look="quiet"
          size="sm"
          className="mb-2 bg-accent-soft text-accent"
          onClick={() => {
            change({ expand: undefined });
            focusHeading();
          }}
        >
          Collapse frequent automations
        </Button>
      )}
      {calendar && calendar.entriesLeftOut > 0 && (
        <p className="mb-2 text-xs text-ink-2">
          More than {count(MOST_ENTRIES)} fires, so each hour shows a count. Filter above to see single fires.
        </p>
      )}
      {query.isPending ? (
        <CalendarSkeleton view={view} />
      ) : !calendar ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : calendar.entries.length === 0 && calendar.entriesLeftOut === 0 ? (
        <div className="rounded-lg border border-line bg-panel">
          <Notice icon={CalendarX} title="Nothing scheduled or run in this period">
            Only schedules appear in advance; triggers appear once they have run.
          </Notice>
        </div>
      ) : view === "month" ? (
        <Month
          calendar={calendar}
          days={days}
          month={day.slice(0, 7)}
          today={today}
          colourBy={colourBy}
          onDay={toDay}
        />
      ) : (
        <Week
          calendar={calendar}
          days={days}
          today={today}
          colourBy={colourBy}
          onExpand={(id) => {
            change({ expand: [...expanded, id].join(",") });
            focusHeading();
          }}
          onDay={toDay}
        />
      )}
    </>
  );
}
