import { createColumnHelper, rowSelectionFeature, tableFeatures } from "@tanstack/react-table";
import { Waypoints } from "lucide-react";
import type { ReactNode } from "react";

import type { Sort } from "@/api/live";
import type { Automation } from "@/api/types";
import { ConfigText } from "@/components/config-text";
import {
  Due,
  KindLabel,
  SeverityBadge,
  SimulatedBadge,
  SourceLabel,
  StateBadge,
  StatusDot,
  When,
} from "@/components/labels";
import { cn } from "@/lib/cn";
import { count, money, percent, plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { SEVERITIES } from "@/lib/words/severity";
import { snoozedUntil } from "@/lib/time/snooze";
import { STATES } from "@/lib/words/states";

export interface ColumnLook {
  /** The sort key of the header. */
  sort?: Sort;
  className?: string;
  right?: boolean;
  /** What the figures cover, in small print below the header. */
  note?: (window: "all" | undefined) => string;
}

export const features = tableFeatures({ rowSelectionFeature, columnMeta: {} as ColumnLook });

const column = createColumnHelper<typeof features, Automation>();

/** The width from which a column is shown; GRID has the same breakpoints. */
const FROM_LG = "hidden lg:flex";
const FROM_XL = "hidden wide:flex";
const FROM_2XL = "hidden full:flex";

export const GRID = cn(
  "grid items-center gap-x-3 px-3",
  "grid-cols-[1rem_minmax(0,1fr)_2rem_12rem_6rem]",
  "lg:grid-cols-[1rem_6rem_minmax(0,1fr)_2rem_3.5rem_12rem_6rem_5rem_5rem]",
  "wide:grid-cols-[1rem_6rem_6rem_minmax(0,1.2fr)_2rem_minmax(0,1fr)_3.5rem_12rem_6rem_5rem_5rem]",
  "full:grid-cols-[1rem_5rem_5.5rem_minmax(0,1.3fr)_minmax(0,0.8fr)_2rem_minmax(0,1.4fr)_3.5rem_12rem_6rem_5rem_5.5rem]",
);

export const columns = [
  column.display({
    id: "type",
    header: "Type",
    cell: ({ row }) => <SourceLabel source={row.original.type} />,
    meta: { className: FROM_XL },
  }),
  column.display({
    id: "primitive",
    header: "Primitive",
    cell: ({ row }) => <KindLabel kind={row.original.primitiveType} />,
    meta: { className: FROM_LG },
  }),
  column.display({
    id: "name",
    header: "Name",
    cell: ({ row }) => <NameCell automation={row.original} />,
    meta: { sort: "name" },
  }),
  column.display({
    id: "entity",
    header: "Entity",
    cell: ({ row }) => <span className="truncate text-ink-2">{row.original.entity.name}</span>,
    meta: { className: FROM_2XL },
  }),
  // The row renders the switch itself, because it may ask for confirmation.
  column.display({ id: "status", header: "On", cell: () => null }),
  column.display({
    id: "config",
    header: "Config",
    cell: ({ row }) => <ConfigText automation={row.original} />,
    meta: { className: FROM_XL },
  }),
  column.display({
    id: "runs",
    header: "Runs",
    cell: ({ row }) => count(row.original.stats.totalRuns),
    meta: { sort: "runs", right: true, className: FROM_LG },
  }),
  column.display({
    id: "success",
    header: "Success",
    cell: ({ row }) => <SuccessCell automation={row.original} lifetime={false} />,
    meta: {
      sort: "success",
      right: true,
      note: (window) => `failures (all time), success (${window === "all" ? "all time" : "recent"})`,
    },
  }),
  column.display({
    id: "lastRun",
    header: "Last run",
    cell: ({ row }) => <LastRunCell automation={row.original} />,
    meta: { sort: "lastRun", right: true },
  }),
  column.display({
    id: "nextRun",
    header: "Next run",
    cell: ({ row }) => <Due automation={row.original} className="text-ink-2" />,
    meta: { sort: "nextRun", right: true, className: FROM_LG },
  }),
  column.display({
    id: "cost",
    header: "Est. cost/mo",
    cell: ({ row }) => <CostCell automation={row.original} />,
    meta: { sort: "cost", right: true, className: FROM_LG },
  }),
];

export function NameCell({ automation }: { automation: Automation }) {
  const shown = STATES[automation.state].badge && automation.state !== "new";
  return (
    <div className="flex min-w-0 flex-col">
      <span className="flex min-w-0 items-center gap-1.5">
        <span className={cn("truncate font-medium", !automation.isActive && "text-ink-3")}>{automation.name}</span>
        {shown && <StateBadge state={automation.state} />}
        {automation.dependsOn.length + automation.triggers.length > 0 && (
          <span title={dependencies(automation).join(". ")}>
            <Waypoints aria-hidden className="size-3.5 shrink-0 text-ink-3" />
          </span>
        )}
        {automation.simulated && (
          <span className="hidden huge:inline">
            <SimulatedBadge />
          </span>
        )}
      </span>
      <Description automation={automation} />
    </div>
  );
}

/** The most important facts: end of the snooze, last error, dependencies. */
function Description({ automation }: { automation: Automation }) {
  const now = useNow();
  const zone = useZone();
  const error = automation.lastRun?.error;
  const around: string[] = [
    ...(automation.pausedUntil ? [snoozedUntil(automation.pausedUntil, now, zone)] : []),
    ...(automation.stats.waitingRuns > 0 ? [plural(automation.stats.waitingRuns, "waiting run")] : []),
    ...(error ? [`Last error: ${error}`] : []),
    ...dependencies(automation),
  ];
  const text = [...around, automation.description].filter(Boolean).join(" · ");
  return (
    <span className="truncate text-xs text-ink-3" title={text}>
      {text || automation.entity.name}
    </span>
  );
}

function dependencies({ dependsOn, triggers }: Automation): string[] {
  return [
    ...(dependsOn.length > 0 ? [`Depends on: ${names(dependsOn)}`] : []),
    ...(triggers.length > 0 ? [`Triggers: ${names(triggers)}`] : []),
  ];
}

/** The title of a row must not grow without bound. */
const MOST_NAMED = 10;

function names(refs: readonly { name: string }[]): string {
  const more = refs.length - MOST_NAMED;
  const named = refs.slice(0, MOST_NAMED).map((one) => one.name);
  return [...named, ...(more > 0 ? [`and ${count(more)} more`] : [])].join(", ");
}

export function SuccessCell({ automation, lifetime }: { automation: Automation; lifetime: boolean }): ReactNode {
  const { stats, severity } = automation;
  const rate = lifetime ? stats.successRate : stats.recent.successRate;
  const isNew = rate === null;
  const meaning = `${percent(stats.recent.successRate)} of the last ${stats.recent.completed + stats.recent.failed} finished runs succeeded. All time: ${count(stats.successRuns)} completed, ${count(stats.failedRuns)} failed.`;
  return (
    <span className="flex items-center justify-end gap-1.5" title={meaning}>
      {severity !== "healthy" && stats.failedRuns > 0 && (
        <span className="text-2xs text-ink-3 max-[24rem]:hidden">{count(stats.failedRuns)}F</span>
      )}
      {!isNew && <span className={cn("font-medium", SEVERITIES[severity].text)}>{percent(rate)}</span>}
      {/* As wide as the longest, so that the rates align. */}
      <span className="grid w-[4.375rem] text-center">
        <SeverityBadge severity={severity} isNew={isNew} />
      </span>
    </span>
  );
}

export function LastRunCell({ automation }: { automation: Automation }) {
  const { lastRun, stats } = automation;
  const status = stats.runningNow > 0 ? "running" : lastRun?.status;
  return (
    <span className="inline-flex items-center gap-1.5 text-ink-2">
      {status && <StatusDot status={status} />}
      <When at={stats.lastRunAt} className="sm:min-w-16 sm:text-right" />
    </span>
  );
}

function CostCell({ automation }: { automation: Automation }) {
  const { mean, p90, sample } = automation.estMonthlyCost;
  if (mean === null)
    return (
      <span className="text-ink-3" title="Not enough data to estimate a monthly cost">
        —
      </span>
    );
  const title = `Based on ${plural(sample, "run")} with a known cost.${p90 ? ` If every run cost as much as the 90th percentile: ${money(p90)}.` : ""}`;
  return <span title={title}>{money(mean)}</span>;
}
