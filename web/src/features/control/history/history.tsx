import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { controlHistoryQuery } from "@/api/control";
import type { ControlHistory } from "@/api/types";
import { Skeleton } from "@/components/page-states";
import { Tooltip } from "@/components/ui/tooltip";
import { useZone } from "@/lib/preferences";
import { count, money, percent, plural } from "@/lib/text/format";
import { shortDay, timeOfDay } from "@/lib/time/time";

import { DEFINITIONS } from "../definitions";
import { Figure } from "../figure";
import { Panel } from "@/components/panel";
import { CostChart, FailureChart, RunsChart } from "./charts";
import { Hours, Markers } from "./hours";

/** Volume, failure rate and cost of the last seven days on one axis, beside what is usual, with what was changed. */
export function History() {
  const zone = useZone();
  const history = useQuery(controlHistoryQuery(zone));
  const { data } = history;
  return (
    <Panel title="Last 7 days by hour" aside={data && <Legend history={data} />}>
      {history.isError && (
        <p className="text-failing">
          {data && `Not newer than ${timeOfDay(data.asOf, zone)}: `}
          {history.error.message}
        </p>
      )}
      {data ? <Charts history={data} /> : history.isPending && <Skeleton rows={4} />}
    </Panel>
  );
}

function Legend({ history: { hours, weeks } }: { history: ControlHistory }) {
  if (!hours.some((hour) => hour.usualRuns)) return "What is usual shows after three weeks.";
  return (
    <Tooltip text={DEFINITIONS.usual(weeks)}>
      <button type="button" className="inline-flex min-h-6 cursor-help items-center gap-1.5">
        <span aria-hidden className="relative h-2.5 w-4 bg-ink-3/22">
          <span className="absolute inset-x-0 top-1/2 h-px bg-ink-2" />
        </span>
        usual
      </button>
    </Tooltip>
  );
}

function Charts({ history: { hours, markers } }: { history: ControlHistory }) {
  const zone = useZone();
  const total = (value: (hour: ControlHistory["hours"][number]) => number) =>
    hours.reduce((sum, hour) => sum + value(hour), 0);
  const [completed, failed] = [total((hour) => hour.completed), total((hour) => hour.failed)];
  const unknown = total((hour) => hour.unknownCosts);
  const from = new URLSearchParams({ from: new Date(hours[0]?.start ?? 0).toISOString() });
  const places = new Map(hours.map((hour, place) => [Date.parse(hour.start), place]));
  const marks = markers.flatMap((marker) => places.get(Date.parse(marker.start)) ?? []);
  return (
    <>
      <div className="relative flex flex-col gap-1.5">
        <Row
          figure={
            <Figure inline label="Runs" definition={DEFINITIONS.weekRuns} address={`/runs?${from}`}>
              {count(total((hour) => hour.runs))}
            </Figure>
          }
        >
          <RunsChart hours={hours} marks={marks} />
        </Row>
        <Row
          figure={
            <Figure inline label="Failed" definition={DEFINITIONS.weekFailures} address={`/runs?status=failed&${from}`}>
              {completed + failed > 0 ? percent((100 * failed) / (completed + failed)) : "—"}
            </Figure>
          }
        >
          <FailureChart hours={hours} marks={marks} />
        </Row>
        <Row
          figure={
            <Figure
              inline
              label="Cost"
              definition={DEFINITIONS.weekCost}
              address={`/runs?children=true&${from}`}
              note={unknown > 0 && `and ${plural(unknown, "unknown cost")}`}
            >
              {money(String(total((hour) => Number(hour.costUsd))))}
            </Figure>
          }
        >
          <CostChart hours={hours} marks={marks} />
        </Row>
        <Hours hours={hours} markers={markers} zone={zone} />
      </div>
      <Markers hours={hours} markers={markers} zone={zone} />
      <Axis hours={hours} />
    </>
  );
}

/** The figure lies above the columns, so that it can be pointed at. */
function Row({ figure, children }: { figure: ReactNode; children: ReactNode }) {
  return (
    <figure>
      <figcaption className="relative z-10 flex w-fit">{figure}</figcaption>
      {children}
    </figure>
  );
}

/** The days, each where it begins. */
function Axis({ hours }: { hours: ControlHistory["hours"] }) {
  return (
    <div aria-hidden="true" className="relative h-4 overflow-hidden text-2xs text-ink-3">
      {hours.map(({ start }, place) =>
        isFirstOfDay(hours, place) ? (
          <span
            key={start}
            className="absolute border-l border-line pl-1 whitespace-nowrap"
            style={{ left: `${(place / hours.length) * 100}%` }}
          >
            {shortDay(start.slice(0, 10))}
          </span>
        ) : null,
      )}
    </div>
  );
}

const isFirstOfDay = (hours: ControlHistory["hours"], place: number) =>
  place > 0 && hours[place]?.start.slice(0, 10) !== hours[place - 1]?.start.slice(0, 10);
