import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { CalendarX, ChevronLeft, ChevronRight } from "lucide-react";
import { type ReactNode, useRef } from "react";

import { type Calendar, calendarQuery } from "@/api/load";
import { Failure, Notice } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { Segmented } from "@/components/ui/segmented";
import { count } from "@/lib/format";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/preferences";
import { isCalendarDay } from "@/lib/search-params";
import { dayIn, longDay, monthName } from "@/lib/time";

import { CalendarFilter } from "./calendar-filter";
import { type ColourBy, COLOURS } from "./colour";
import { daysOf, endOf, rangeOf, step, type View } from "./dates";
import { Month } from "./month";
import { CalendarSkeleton } from "./skeleton";
import { Week } from "./week";

const NARROW_PX = 768;
/** More than this nobody reads, and no browser draws at once: then each hour tells how much it holds. */
const MOST_ENTRIES = 4000;

function useCalendarSearch() {
  const search = useSearch({ from: "/calendar" });
  const navigate = useNavigate({ from: "/calendar" });
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (now) => ({ ...now, ...part }), resetScroll: false });
  return [search, change] as const;
}

export function CalendarPage() {
  const [search, change] = useCalendarSearch();
  const zone = useZone();
  const today = dayIn(zone, useNow());
  const view: View = search.view ?? (window.innerWidth < NARROW_PX ? "day" : "week");
  const day = search.day ?? today;
  const days = daysOf(view, day);
  const colourBy: ColourBy = search.colour ?? "primitive";
  const chosen = split(search.automations);
  const agents = split(search.agents);
  const expanded = split(search.expand);

  const range = { ...rangeOf(days), tz: zone };
  const calendar = useQuery(
    calendarQuery({
      ...range,
      compress: true,
      limit: MOST_ENTRIES,
      ...(search.primitive?.length ? { primitive: search.primitive } : {}),
      ...(chosen.length ? { automation: chosen } : {}),
      ...(agents.length ? { agent: agents } : {}),
    }),
  );
  const single = useQueries({
    queries: expanded.map((id) => calendarQuery({ ...range, automation: [id], compress: false })),
  });
  const merged = merge(
    calendar.data,
    expanded,
    single.flatMap((one) => (one.data ? [one.data] : [])),
  );

  // What leads to another view is gone in it.
  const heading = useRef<HTMLHeadingElement>(null);
  function toDay(next: string) {
    heading.current?.focus({ preventScroll: true });
    change({ view: "day", day: next });
  }

  function go(next: string) {
    change({ day: next === today ? undefined : next });
  }

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <div className="flex items-center gap-1">
          <Step label={`Previous ${view}`} to={step(view, day, -1)} onGo={go}>
            <ChevronLeft className="size-4" />
          </Step>
          <Button onClick={() => go(today)}>Today</Button>
          <Step label={`Next ${view}`} to={step(view, day, 1)} onGo={go}>
            <ChevronRight className="size-4" />
          </Step>
        </div>
        <h1 ref={heading} tabIndex={-1} className="min-w-40 text-base font-semibold outline-none">
          {view === "day" ? longDay(day) : monthName(view === "week" ? (days[3] ?? day) : day)}
        </h1>
        <span role="status" className="flex-1 text-xs text-ink-2">
          {endOf(view, day)}
        </span>
        <Pills
          label="Primitive"
          chosen={search.primitive ?? []}
          onChange={(primitive) => change({ primitive })}
          pills={KIND_LIST.map((kind) => ({ value: kind, label: KINDS[kind].label }))}
        />
        <CalendarFilter
          chosen={{ agents, automations: chosen }}
          onChange={(next) =>
            change({ agents: next.agents.join(",") || undefined, automations: next.automations.join(",") || undefined })
          }
        />
        <Segmented
          label="Colour by"
          value={colourBy}
          onChange={(next) => change({ colour: next === "primitive" ? undefined : next })}
          options={(Object.keys(COLOURS) as ColourBy[]).map((value) => ({ value, label: COLOURS[value].label }))}
        />
        <Segmented
          label="View"
          value={view}
          onChange={(next) => change({ view: next === "week" ? undefined : next })}
          options={[
            { value: "month", label: "Month" },
            { value: "week", label: "Week" },
            { value: "day", label: "Day" },
          ]}
        />
      </div>
      {expanded.length > 0 && (
        <Button
          look="quiet"
          size="sm"
          className="mb-2 bg-accent-soft text-accent"
          onClick={() => {
            change({ expand: undefined });
            heading.current?.focus({ preventScroll: true });
          }}
        >
          Collapse frequent automations
        </Button>
      )}
      {merged && merged.entriesLeftOut > 0 && (
        <p className="mb-2 text-xs text-ink-2">
          More than {count(MOST_ENTRIES)} fires, so each hour shows a count. Filter above to see single fires.
        </p>
      )}
      {calendar.isPending ? (
        <CalendarSkeleton view={view} />
      ) : !merged ? (
        <Failure error={calendar.error} onRetry={() => void calendar.refetch()} />
      ) : merged.entries.length === 0 && merged.entriesLeftOut === 0 ? (
        <div className="rounded-lg border border-line bg-panel">
          <Notice icon={CalendarX} title="Nothing scheduled or run in this period">
            Only schedules appear in advance; triggers appear once they have run.
          </Notice>
        </div>
      ) : view === "month" ? (
        <Month calendar={merged} days={days} month={day.slice(0, 7)} today={today} colourBy={colourBy} onDay={toDay} />
      ) : (
        <Week
          calendar={merged}
          days={days}
          today={today}
          colourBy={colourBy}
          onExpand={(id) => {
            change({ expand: [...expanded, id].join(",") });
            heading.current?.focus({ preventScroll: true });
          }}
          onDay={toDay}
        />
      )}
    </>
  );
}

interface StepProps {
  label: string;
  to: string;
  onGo: (day: string) => void;
  children: ReactNode;
}

/** Leads to the days before or after; where there are none, it stays to be focused and does nothing. */
function Step({ label, to, onGo, children }: StepProps) {
  const there = isCalendarDay(to);
  return (
    <Button size="icon" aria-label={label} aria-disabled={!there} onClick={() => there && onGo(to)}>
      {children}
    </Button>
  );
}

const split = (text: string | undefined) => text?.split(",").filter(Boolean) ?? [];

/** Puts each fire of what is expanded in the place of its one entry a day. */
function merge(calendar: Calendar | undefined, expanded: string[], singles: Calendar[]): Calendar | undefined {
  if (!calendar || singles.length === 0) return calendar;
  const kept = calendar.entries.filter((entry) => !expanded.includes(entry.automationId));
  const entries = [...kept, ...singles.flatMap((one) => one.entries)];
  return { ...calendar, entries: entries.toSorted((one, other) => one.at.localeCompare(other.at)) };
}
