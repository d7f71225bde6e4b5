import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Play, X } from "lucide-react";

import { runsQuery } from "@/api/runs";
import type { Run } from "@/api/types";
import { KindLabel, SimulatedBadge, StatusLabel, StatusMark, When } from "@/components/labels";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { cn } from "@/lib/cn";
import { money } from "@/lib/format";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { RUN_STATUSES, STATUSES } from "@/lib/statuses";
import { useZone } from "@/lib/preferences";
import { duration, stretch } from "@/lib/time";

import { outcome } from "./outcome";

const GRID = cn(
  "grid items-center gap-x-3 px-3",
  "grid-cols-[6.5rem_minmax(0,1fr)_5rem]",
  "md:grid-cols-[6.5rem_6rem_minmax(0,1fr)_5rem_5rem_5rem]",
  "wide:grid-cols-[6.5rem_6rem_minmax(0,1fr)_minmax(0,1.6fr)_6rem_5rem_5rem]",
);
const FROM_MD = "hidden md:block";
const FROM_WIDE = "hidden wide:block";

/** Observe: every run of every kind, newest first. */
export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const change = (part: Partial<typeof search>) => void navigate({ search: (now) => ({ ...now, ...part }) });
  const { kind, status, automation, primitive, children, from, to } = search;
  const zone = useZone();
  const runs = useInfiniteQuery(
    runsQuery({
      ...(kind?.length ? { kind } : {}),
      ...(status?.length ? { status } : {}),
      ...(automation ? { automation } : {}),
      ...(primitive ? { primitive } : {}),
      ...(children ? {} : { rootsOnly: true }),
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
    }),
  );
  const isFiltered = Boolean(kind?.length || status?.length || automation || primitive || from || to);
  const items = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <h1 className="mr-1 text-base font-semibold">Runs</h1>
        <Pills
          label="Primitive"
          chosen={kind ?? []}
          onChange={(next) => change({ kind: next })}
          pills={KIND_LIST.map((value) => ({ value, label: KINDS[value].label }))}
        />
        <span className="h-4 w-px shrink-0 bg-line max-lg:hidden" />
        <Pills
          label="Status"
          chosen={status ?? []}
          onChange={(next) => change({ status: next })}
          pills={RUN_STATUSES.map((value) => ({
            value,
            label: (
              <>
                <StatusMark status={value} className="size-2" />
                {STATUSES[value].label}
              </>
            ),
          }))}
        />
        <Button
          look={children ? "primary" : "plain"}
          size="sm"
          aria-pressed={Boolean(children)}
          onClick={() => change({ children: children ? undefined : true })}
        >
          Include child runs
        </Button>
        {(automation || primitive) && (
          <Button
            look="quiet"
            size="sm"
            className="bg-accent-soft text-accent"
            onClick={() => change({ automation: undefined, primitive: undefined })}
          >
            {automation ? `Automation: ${nameOf(items, automation)}` : `Primitive: ${primitive}`}{" "}
            <X className="size-3.5" />
          </Button>
        )}
        {(from || to) && (
          <Button
            look="quiet"
            size="sm"
            className="bg-accent-soft text-accent"
            onClick={() => change({ from: undefined, to: undefined })}
          >
            {stretch(from, to, zone)} <X className="size-3.5" />
          </Button>
        )}
      </div>
      <div className="rounded-lg border border-line bg-panel">
        {runs.isPending ? (
          <Skeleton rows={12} />
        ) : runs.isError && items.length === 0 ? (
          <Failure error={runs.error} onRetry={() => void runs.refetch()} />
        ) : items.length === 0 ? (
          <Nothing filtered={isFiltered} onClear={() => void navigate({ search: {} })} />
        ) : (
          <RunTable runs={items} />
        )}
      </div>
      {runs.hasNextPage && (
        <div className="flex justify-center pt-3">
          <Button onClick={() => void runs.fetchNextPage()} disabled={runs.isFetchingNextPage}>
            {runs.isFetchingNextPage ? "Loading…" : "Show more"}
          </Button>
        </div>
      )}
    </>
  );
}

/** The automation's name where a run that is shown tells it; the address has only the slug. */
function nameOf(runs: readonly Run[], slug: string): string {
  return runs.find((run) => run.automation?.slug === slug)?.automation?.name ?? slug;
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <Notice
        icon={Play}
        title="No runs match these filters"
        action={<Button onClick={onClear}>Clear filters</Button>}
      />
    );
  }
  return (
    <Notice icon={Play} title="No runs yet">
      Runs appear here when an automation fires or when you run a primitive.
    </Notice>
  );
}

/** `ofOne` where all are parts of one run that the reader looks at. */
export function RunTable({ runs, ofOne = false }: { runs: readonly Run[]; ofOne?: boolean }) {
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
        {runs.map((run) => (
          <RunRow key={run.id} run={run} tellsPart={!ofOne} />
        ))}
      </div>
    </div>
  );
}

function RunRow({ run, tellsPart }: { run: Run; tellsPart: boolean }) {
  return (
    <div role="row" className={cn(GRID, "relative h-10 border-b border-line last:border-b-0 hover:bg-sunken/60")}>
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
        {tellsPart && run.parentRunId && (
          <Link
            to="/runs/$id"
            params={{ id: run.parentRunId }}
            className="relative inline-flex min-h-6 shrink-0 items-center text-xs text-ink-3 hover:text-accent hover:underline"
          >
            parent run
          </Link>
        )}
        {run.rerunOf && <span className="text-xs text-ink-3">rerun</span>}
        {run.simulated && (
          <span className="hidden huge:inline">
            <SimulatedBadge />
          </span>
        )}
      </span>
      <span role="cell" className={cn(FROM_WIDE, "truncate text-xs", run.error ? "text-failing" : "text-ink-3")}>
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
