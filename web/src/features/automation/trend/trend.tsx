import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { trendQuery } from "@/api/automations";
import type { AutomationDetail, Trend as Days, TrendDay } from "@/api/types";
import { Skeleton } from "@/components/page-states";
import { Segmented } from "@/components/ui/segmented";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { count, money, percent, plural } from "@/lib/text/format";
import { useZone } from "@/lib/preferences";
import { useRoving } from "@/lib/keyboard/roving";
import { SEVERITIES } from "@/lib/words/severity";
import { type Span, SPAN_DAYS, SPANS } from "@/lib/time/spans";
import { dayOfMonth, dayOnly, duration } from "@/lib/time/time";

import { Section } from "../section";
import { CostChart, DurationChart, SuccessChart } from "./charts";
import { TrendTable } from "./table";
import { hoursOf, others, outcomes, spending, ticks, told } from "./figures";

const ROOMY_DAYS = 14;

/** Charts of success, duration and cost by day, on a shared time axis. */
export function Trend({ automation }: { automation: AutomationDetail }) {
  const navigate = useNavigate();
  const { trend: chosen = "30d" } = useSearch({ strict: false });
  const zone = useZone();
  const trend = useQuery(trendQuery(automation.slug, SPAN_DAYS[chosen], zone));
  const change = (next: Span) =>
    void navigate({
      to: ".",
      search: (now: Record<string, unknown>) => ({ ...now, trend: next === "30d" ? undefined : next }) as never,
      resetScroll: false,
    });
  return (
    <Section
      title="Daily history"
      action={
        <Segmented
          label="Period"
          value={chosen}
          onChange={change}
          options={SPANS.map((value) => ({ value, label: `${SPAN_DAYS[value]} d` }))}
        />
      }
    >
      {trend.isPending && <Skeleton rows={4} />}
      {trend.isError && !trend.data && <p className="text-failing">{trend.error.message}</p>}
      {trend.data && <Charts trend={trend.data} slug={automation.slug} />}
    </Section>
  );
}

const happened = (day: TrendDay) =>
  day.started + day.completed + day.failed + day.cancelled + day.skipped + day.missed > 0;

function Charts({ trend, slug }: { trend: Days; slug: string }) {
  const { days, total } = trend;
  if (!days.some(happened)) {
    return <p className="text-ink-3">No runs in the last {days.length} days.</p>;
  }
  const longest = Math.max(...days.map((day) => day.avgDurationMs ?? 0));
  const dearest = Math.max(...days.map((day) => Number(day.spent)));
  return (
    <>
      <div className="relative flex flex-col gap-2">
        <Row
          label="Success"
          figure={percent(total.successRate)}
          figureClass={total.severity === "healthy" ? "" : SEVERITIES[total.severity].text}
          note={`${count(total.failed)} of ${count(total.completed + total.failed)} failed`}
        >
          <SuccessChart days={days} />
        </Row>
        <Row
          label="Duration"
          figure={duration(total.avgDurationMs)}
          note={longest > 0 ? `up to ${duration(longest)}` : "average"}
        >
          <DurationChart days={days} />
        </Row>
        <Row
          label="Cost"
          figure={dearest > 0 || total.unknownCosts === 0 ? money(total.spent) : "unknown"}
          note={
            total.unknownCosts > 0 && dearest > 0
              ? `${plural(total.unknownCosts, "run")} without cost data`
              : dearest > 0
                ? `up to ${money(String(dearest))} per day`
                : ""
          }
        >
          <CostChart days={days} />
        </Row>
        <Columns days={days} slug={slug} key={days.length} />
      </div>
      <Axis days={days} />
      <TrendTable days={days.filter(happened)} />
    </>
  );
}

interface RowProps {
  label: string;
  figure: string;
  figureClass?: string;
  note: string;
  children: ReactNode;
}

function Row({ label, figure, figureClass, note, children }: RowProps) {
  return (
    <figure>
      <figcaption className="flex items-baseline gap-1.5 text-xs">
        <span className="flex-1 text-ink-3">{label}</span>
        <span className={cn("font-medium", figureClass)}>{figure}</span>
        <span className="text-ink-3">{note}</span>
      </figcaption>
      {children}
    </figure>
  );
}

/** Over all three charts: one column per day, with its figures and a link to its runs. */
function Columns({ days, slug }: { days: readonly TrendDay[]; slug: string }) {
  const roving = useRoving(days.length);
  return (
    <div role="group" aria-label="Days, oldest first" className="absolute inset-0 flex" {...roving.row}>
      {days.map((day, index) => (
        <Tooltip key={day.day} text={<DayFigures day={day} />}>
          <Link
            to="/runs"
            search={{ automation: slug, from: day.start, to: day.end }}
            preload={false}
            aria-label={told(day)}
            className="min-w-0 flex-1 rounded-[3px] hover:bg-ink/8 focus-visible:bg-ink/8"
            {...roving.item(index)}
          />
        </Tooltip>
      ))}
    </div>
  );
}

function DayFigures({ day }: { day: TrendDay }) {
  const more = others(day);
  const hours = hoursOf(day);
  return (
    <div className="flex flex-col gap-0.5 py-0.5">
      <p className="font-medium">{dayOnly(day.day)}</p>
      {hours !== 24 && <p className="text-ink-3">Daylight-saving change: {hours} hours</p>}
      <dl className="grid grid-cols-[auto_1fr] gap-x-3">
        <dt className="text-ink-3">Success</dt>
        <dd>{outcomes(day)}</dd>
        {more && (
          <>
            <dt className="text-ink-3">Other</dt>
            <dd>{more}</dd>
          </>
        )}
        <dt className="text-ink-3">Duration</dt>
        <dd>{duration(day.avgDurationMs)}</dd>
        <dt className="text-ink-3">Cost</dt>
        <dd>{spending(day)}</dd>
      </dl>
    </div>
  );
}

function Axis({ days }: { days: readonly TrendDay[] }) {
  const last = days.length - 1;
  // With many narrow days the last label would overflow.
  const atEdge = (index: number) => index === last && days.length > ROOMY_DAYS;
  return (
    <div aria-hidden="true" className="relative mt-0.5 h-4 text-2xs text-ink-3">
      {ticks(days.length).map((index) => (
        <span
          key={index}
          className={cn(
            "absolute whitespace-nowrap",
            atEdge(index) ? "right-0" : "-translate-x-1/2",
            index === last && "text-ink-2",
          )}
          style={atEdge(index) ? undefined : { left: `${((index + 0.5) / days.length) * 100}%` }}
        >
          {index === last ? "today" : dayOfMonth(days[index]?.day ?? "")}
        </span>
      ))}
    </div>
  );
}
