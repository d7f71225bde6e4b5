import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { RowSelectionState } from "@tanstack/react-table";
import { CalendarClock, SearchX } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { liveListQuery, liveSummaryQuery } from "@/api/live";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { plural } from "@/lib/format";
import { useShortcuts } from "@/lib/shortcuts";

import { Cards } from "./cards";
import { Density } from "./density";
import { isFiltered, NO_FILTERS, useLiveFilters, useScheduleSearch } from "./filters";
import { SelectionBar } from "./selection-bar";
import { AutomationTable } from "./table";
import { Toolbar } from "./toolbar";

export function SchedulePage() {
  const [search, change] = useScheduleSearch();
  const filters = useLiveFilters(search);
  const window = search.window;
  const overall = useQuery(liveSummaryQuery(useMemo(() => (window ? { window } : {}), [window])));
  const list = useInfiniteQuery(liveListQuery(filters));
  const open = useOpenAutomation();
  const searchBox = useRef<HTMLInputElement>(null);
  const [selection, setSelection] = useState<RowSelectionState>({});
  const [everything, setEverything] = useState(false);

  // "All that match" was said of these filters and of no others.
  useEffect(() => setEverything(false), [filters]);

  useShortcuts({
    "/": () => searchBox.current?.focus(),
    Escape: () => choose({}),
  });

  const loaded = useMemo(() => list.data?.pages.flatMap((page) => page.automations) ?? [], [list.data]);
  const chosen = useMemo(() => loaded.filter((one) => selection[one.id]), [loaded, selection]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  // All pages carry the summary; the last one asked for is the newest.
  const summary = list.data?.pages.at(-1)?.summary;
  const total = summary?.total ?? 0;

  function choose(next: RowSelectionState) {
    setSelection(next);
    setEverything(false);
  }

  return (
    <>
      <h1 className="sr-only">Schedule</h1>
      <div className="flex flex-col gap-2 pt-3">
        <Cards summary={overall.data} />
        <Density filters={filters} listed={summary?.total} />
        <Toolbar facets={summary?.facets} searchBox={searchBox} />
      </div>
      {/* Before the rows in the order of reading, at the foot of the window to the eye. */}
      {chosen.length > 0 && (
        <SelectionBar
          chosen={chosen}
          filters={filters}
          total={total}
          everything={everything}
          onEverything={() => setEverything(true)}
          onClear={() => choose({})}
        />
      )}
      {list.isPending ? (
        <Panel>
          <Skeleton rows={12} />
        </Panel>
      ) : list.isError && loaded.length === 0 ? (
        <Panel>
          <Failure error={list.error} onRetry={() => void list.refetch()} />
        </Panel>
      ) : loaded.length === 0 ? (
        <Panel>
          <Nothing filtered={isFiltered(search)} onClear={() => change(NO_FILTERS)} />
        </Panel>
      ) : (
        <AutomationTable
          automations={loaded}
          total={Math.max(total, loaded.length)}
          stale={list.isPlaceholderData}
          selection={selection}
          onSelect={choose}
          onOpen={open}
          onEnd={onEnd}
        />
      )}
      <p role="status" className="px-1 pt-2 text-xs text-ink-3">
        {list.data && plural(total, "automation")}
        {isFetchingNextPage && ", loading more"}
      </p>
    </>
  );
}

function Panel({ children }: { children: React.ReactNode }) {
  return <div className="rounded-lg border border-line bg-panel">{children}</div>;
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <Notice icon={SearchX} title="No automation matches" action={<Button onClick={onClear}>Clear the filters</Button>}>
        Try other words, or clear the search and the filters above.
      </Notice>
    );
  }
  return (
    <Notice
      icon={CalendarClock}
      title="No automations yet"
      action={
        <Link to="/automations/new" className={buttonClass("primary")}>
          New automation
        </Link>
      }
    >
      Make one here, declare them in a file with <code className="font-mono text-xs">podium apply</code>, or run{" "}
      <code className="font-mono text-xs">podium demo</code> for a platform to look at.
    </Notice>
  );
}
