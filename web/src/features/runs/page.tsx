import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Play, RotateCw, X } from "lucide-react";
import { useState } from "react";

import { isOpen, runsQuery } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { Run } from "@/api/types";
import { StatusMark } from "@/components/labels";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { RUN_STATUSES, STATUSES } from "@/lib/words/statuses";
import { useZone } from "@/lib/preferences";
import { stretch } from "@/lib/time/time";

import { RerunDialog } from "../backfills/rerun-dialog";
import { RunTable } from "./run-table";

/** Every run of every kind, newest first. */
export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const change = (part: Partial<typeof search>) => void navigate({ search: (now) => ({ ...now, ...part }) });
  const { kind, status, automation, primitive, held, backfill, children, from, to } = search;
  const zone = useZone();
  const runs = useInfiniteQuery(
    runsQuery({
      ...(kind?.length ? { kind } : {}),
      ...(status?.length ? { status } : {}),
      ...(automation ? { automation: [automation] } : {}),
      ...(primitive ? { primitive: [primitive] } : {}),
      ...(held ? { held } : {}),
      ...(backfill ? { backfill } : {}),
      ...(children ? {} : { rootsOnly: true }),
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
    }),
  );
  const isFiltered = Boolean(
    kind?.length || status?.length || automation || primitive || held || backfill || from || to,
  );
  const { data: session } = useQuery(sessionQuery());
  const may = covers(session, "operate");
  const [rerunning, setRerunning] = useState(false);
  // What is open cannot be run again.
  const ended = (status ?? []).filter((one) => !isOpen(one));
  const filter = {
    status: ended,
    ...(kind?.length ? { kind } : {}),
    ...(automation ? { automation } : {}),
    ...(primitive ? { primitive } : {}),
    ...(backfill ? { backfill } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
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
        {(held || status?.includes("queued")) && (
          <Button
            look={held ? "primary" : "plain"}
            size="sm"
            aria-pressed={Boolean(held)}
            title="Queued runs that wait for the flow control of their automation"
            onClick={() => change({ held: held ? undefined : true })}
          >
            Waiting to start
          </Button>
        )}
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
        {backfill && (
          <Button
            look="quiet"
            size="sm"
            className="bg-accent-soft text-accent"
            onClick={() => change({ backfill: undefined })}
          >
            Of one backfill <X className="size-3.5" />
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
        <span className="flex-1" />
        {may && ended.length > 0 && !children && (
          <Button size="sm" onClick={() => setRerunning(true)}>
            <RotateCw className="size-3.5" /> Run again…
          </Button>
        )}
        <Link to="/backfills" className={buttonClass("plain", "sm")}>
          Backfills
        </Link>
        {rerunning && <RerunDialog filter={filter} onClose={() => setRerunning(false)} />}
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

/** The automation's name, from the listed runs: the address has only the slug. */
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
