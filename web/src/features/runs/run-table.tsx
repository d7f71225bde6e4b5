import { Link } from "@tanstack/react-router";
import { Hand } from "lucide-react";
import type { ReactNode } from "react";

import type { ListedRun, Run } from "@/api/types";
import { KindLabel, SimulatedBadge, StatusLabel, When } from "@/components/labels";
import { cn } from "@/lib/cn";
import { money } from "@/lib/text/format";
import { useZone } from "@/lib/preferences";
import { dayAndTime, duration } from "@/lib/time/time";

import { waitingFor } from "@/lib/words/flow-control";
import { standInOf } from "@/lib/words/reasons";

import type { ShownRun } from "./list/shown";
import { outcome } from "./outcome";

const GRID = cn(
  "grid items-center gap-x-3 px-3",
  "grid-cols-[6.5rem_minmax(0,1fr)_5rem]",
  "md:grid-cols-[6.5rem_6rem_minmax(0,1fr)_5rem_5rem_5rem]",
  "wide:grid-cols-[6.5rem_6rem_minmax(0,1fr)_minmax(0,1.6fr)_6rem_5rem_5rem]",
);
const FROM_MD = "hidden md:block";
const FROM_WIDE = "hidden wide:block";

/** A table of runs, of which some may not match its filters any more. */
export function RunTable({ runs }: { runs: readonly ShownRun[] }) {
  return (
    <div role="table" aria-label="Runs">
      <div role="rowgroup">
        <div role="row" className={cn(GRID, "h-8 border-b border-line text-xs text-ink-2")}>
          <span role="columnheader">Status</span>
          <span role="columnheader" className={FROM_MD}>
            Primitive
          </span>
          <span role="columnheader">Run</span>
          <span role="columnheader" className={FROM_WIDE}>
            Result
          </span>
          <span role="columnheader" className="text-right">
            Started
          </span>
          <span role="columnheader" className={cn(FROM_MD, "text-right")}>
            Duration
          </span>
          <span role="columnheader" className={cn(FROM_MD, "text-right")}>
            Cost
          </span>
        </div>
      </div>
      <div role="rowgroup">
        {runs.map(({ run, isGone }) => (
          <RunRow key={run.id} run={run} isGone={isGone} />
        ))}
      </div>
    </div>
  );
}

function RunRow({ run, isGone }: { run: ListedRun; isGone: boolean }) {
  const zone = useZone();
  return (
    <div
      role="row"
      title={isGone ? "It does not match the filters any more" : undefined}
      className={cn(
        GRID,
        "relative h-10 border-b border-line [contain-intrinsic-size:auto_2.5rem] [content-visibility:auto] last:border-b-0 hover:bg-sunken/60",
        isGone && "opacity-60",
      )}
    >
      <span role="cell">
        <StatusLabel status={run.status} />
      </span>
      <span role="cell" className={FROM_MD}>
        <KindLabel kind={run.kind} className="align-middle" />
      </span>
      <span role="cell" className="flex min-w-0 items-center gap-2">
        <Link to="/runs/$id" params={{ id: run.id }} className="truncate font-medium after:absolute after:inset-0">
          {run.automation?.name ?? run.primitive.name}
        </Link>
        {run.parentRunId && <OtherRun id={run.parentRunId}>parent run</OtherRun>}
        {run.foldedInto && <OtherRun id={run.foldedInto}>{standInOf(run.reason)}</OtherRun>}
        {run.held && <span className="shrink-0 text-xs text-ink-3 wide:hidden">{waitingFor(run.held)}</span>}
        {isLate(run) && <span className="shrink-0 text-xs text-ink-3">due {dayAndTime(run.dueAt, zone)}</span>}
        {run.rerunOf && <span className="text-xs text-ink-3">rerun</span>}
        {(run.interventions > 0 || run.forced || run.rescued) && (
          <Hand role="img" aria-label="Touched by hand" className="size-3 shrink-0 text-ink-3" />
        )}
        {run.stuckBelow && <span className="shrink-0 text-xs text-failing wide:hidden">waits for a stuck run</span>}
        {run.simulated && (
          <span className="hidden huge:inline">
            <SimulatedBadge />
          </span>
        )}
      </span>
      <span
        role="cell"
        className={cn(FROM_WIDE, "truncate text-xs", run.error || run.stuckBelow ? "text-failing" : "text-ink-3")}
      >
        {outcome(run)}
      </span>
      <span role="cell" className="text-right text-ink-2">
        <When at={run.startedAt ?? run.queuedAt} />
      </span>
      <span role="cell" className={cn(FROM_MD, "text-right text-ink-2")}>
        {duration(run.durationMs)}
      </span>
      <span role="cell" className={cn(FROM_MD, "text-right")}>
        {run.costUsd === null ? <span className="text-ink-3">—</span> : money(run.costUsd)}
      </span>
    </div>
  );
}

const LATE_MS = 300_000;

/** Whether a run was queued long after its due time, as those of a backfill are: its start does not tell which it is. */
const isLate = (run: Run): run is Run & { dueAt: string } =>
  run.dueAt !== null && Date.parse(run.queuedAt) - Date.parse(run.dueAt) > LATE_MS;

function OtherRun({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link
      to="/runs/$id"
      params={{ id }}
      className="relative inline-flex min-h-6 shrink-0 items-center text-xs text-ink-3 hover:text-accent hover:underline"
    >
      {children}
    </Link>
  );
}
