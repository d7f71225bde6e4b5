import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowUp, CircleX, ListFilter, Play, RotateCw } from "lucide-react";
import { useMemo, useState } from "react";

import { isOpen, type RunFilters, runFacetsQuery } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { ListedRun } from "@/api/types";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { Select } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { dayAndTime } from "@/lib/time/time";
import { countWords } from "@/lib/words/counts";

import { RerunDialog } from "../backfills/rerun-dialog";
import { CancelDialog } from "./cancel-dialog";
import { Chips } from "./list/chips";
import { ExportMenu } from "./list/export-menu";
import { FacetRail } from "./list/facet-rail";
import { filtersOf, isFiltered, LAST, type RunSearch } from "./list/filters";
import { SearchBox } from "./list/search-box";
import { Seen } from "./list/seen";
import { useRunList } from "./list/use-run-list";
import { RunTable } from "./run-table";

const LAST_WORDS: Record<keyof typeof LAST, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

/** Every run of every kind, newest first. */
export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const change = (part: Partial<RunSearch>, replace = false) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace });
  // A relative time is that of the moment in which it was chosen.
  const [chosenAt, setChosenAt] = useState(() => Date.now());
  const filters = useMemo(() => filtersOf(search, chosenAt), [search, chosenAt]);
  const { pages, shown, showNew, searchedTo } = useRunList(filters);
  const facets = useQuery(runFacetsQuery(filters));
  const [isRailOpen, setRailOpen] = useState(false);
  const zone = useZone();
  const items = shown.rows;
  const listed = useMemo(() => items.map(({ run }) => run), [items]);
  const loadMore = () => {
    if (pages.hasNextPage && !pages.isFetchingNextPage && !pages.isFetchNextPageError) void pages.fetchNextPage();
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <h1 className="mr-1 text-base font-semibold">Runs</h1>
        <SearchBox value={search.q ?? ""} onChange={(q) => change({ q: q || undefined }, true)} />
        <span className="w-36">
          <Select
            aria-label="Arrived"
            value={search.last ?? ""}
            onChange={({ target }) => {
              setChosenAt(Date.now());
              change({ last: (target.value || undefined) as RunSearch["last"], from: undefined, to: undefined });
            }}
          >
            <option value="">Any time</option>
            {(Object.keys(LAST) as (keyof typeof LAST)[]).map((one) => (
              <option key={one} value={one}>
                {LAST_WORDS[one]}
              </option>
            ))}
          </Select>
        </span>
        <Button size="sm" className="lg:hidden" aria-expanded={isRailOpen} onClick={() => setRailOpen(!isRailOpen)}>
          <ListFilter className="size-3.5" /> Filters
        </Button>
        {(search.held || search.status?.includes("queued")) && (
          <Button
            look={search.held ? "primary" : "plain"}
            size="sm"
            aria-pressed={Boolean(search.held)}
            title="Queued runs that wait for the flow control of their automation"
            onClick={() => change({ held: search.held ? undefined : true })}
          >
            Waiting to start
          </Button>
        )}
        <Button
          look={search.children ? "primary" : "plain"}
          size="sm"
          aria-pressed={Boolean(search.children)}
          onClick={() => change({ children: search.children ? undefined : true })}
        >
          Include child runs
        </Button>
        <Chips search={search} automation={search.automation && nameOf(listed, search.automation)} onChange={change} />
        <span className="flex-1" />
        {facets.data && (
          <span className="text-xs text-ink-3 tabular-nums">
            {countWords(facets.data.total)} {facets.data.total.count === 1 ? "run" : "runs"}
          </span>
        )}
        <RerunButton search={search} filters={filters} />
        <CancelButton search={search} filters={filters} />
        <ExportMenu filters={filters} />
        <Link to="/backfills" className={buttonClass("plain", "sm")}>
          Backfills
        </Link>
      </div>
      <div className="flex gap-4 max-lg:flex-col">
        <aside
          aria-label="Filters"
          className={cn("flex w-52 shrink-0 flex-col gap-4 max-lg:w-full", !isRailOpen && "max-lg:hidden")}
        >
          <FacetRail search={search} facets={facets.data} runs={listed} onChange={change} />
        </aside>
        <div className="min-w-0 flex-1">
          <div aria-live="polite" className="sticky top-14 z-10 flex h-0 justify-center">
            {shown.newer > 0 && (
              <Button
                look="primary"
                size="sm"
                className="mt-1 shadow-lg"
                onClick={() => {
                  showNew();
                  window.scrollTo({ top: 0 });
                }}
              >
                <ArrowUp className="size-3.5" />
                {shown.newer}
                {shown.isLeast ? "+ new runs" : shown.newer === 1 ? " new run" : " new runs"}
              </Button>
            )}
          </div>
          <div className="rounded-lg border border-line bg-panel">
            {pages.isPending ? (
              <Skeleton rows={12} />
            ) : pages.isError && items.length === 0 ? (
              <Failure error={pages.error} onRetry={() => void pages.refetch()} />
            ) : items.length === 0 && pages.hasNextPage ? (
              <Notice icon={Play} title="Searching…" />
            ) : items.length === 0 ? (
              <Nothing filtered={isFiltered(search)} onClear={() => void navigate({ search: {} })} />
            ) : (
              <RunTable runs={items} />
            )}
          </div>
          <div className="flex flex-col items-center gap-1 pt-3">
            <Seen key={pages.data?.pages.length} onSeen={loadMore} />
            {searchedTo && <p className="text-xs text-ink-3">Searched back to {dayAndTime(searchedTo, zone)}</p>}
            {pages.hasNextPage && (
              <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
                {pages.isFetchingNextPage ? "Loading…" : "Show more"}
              </Button>
            )}
          </div>
        </div>
      </div>
    </>
  );
}

/** Runs again what the filters select, once they say which runs. */
function RerunButton({ search, filters }: { search: RunSearch; filters: RunFilters }) {
  const { data: session } = useQuery(sessionQuery());
  const [isOpened, setOpened] = useState(false);
  // What is open cannot be run again.
  const ended = (search.status ?? []).filter((one) => one === "ended" || (one !== "open" && !isOpen(one)));
  const isTold = ended.length > 0 || Boolean(search.error?.length);
  if (!covers(session, "operate") || !isTold || search.children) return null;
  return (
    <>
      <Button size="sm" onClick={() => setOpened(true)}>
        <RotateCw className="size-3.5" /> Run again…
      </Button>
      {isOpened && <RerunDialog filter={{ ...filters, status: ended }} onClose={() => setOpened(false)} />}
    </>
  );
}

/** Cancels the open runs that the filters select, once they say which runs. */
function CancelButton({ search, filters }: { search: RunSearch; filters: RunFilters }) {
  const { data: session } = useQuery(sessionQuery());
  const [isOpened, setOpened] = useState(false);
  const open = (search.status ?? []).filter((one) => one === "open" || (one !== "ended" && isOpen(one)));
  if (!covers(session, "operate") || open.length === 0) return null;
  return (
    <>
      <Button size="sm" onClick={() => setOpened(true)}>
        <CircleX className="size-3.5" /> Cancel…
      </Button>
      {isOpened && <CancelDialog filter={{ ...filters, status: open }} onClose={() => setOpened(false)} />}
    </>
  );
}

/** The automation's name, from the listed runs: the address has only the slug. */
function nameOf(runs: readonly ListedRun[], slug: string): string {
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
