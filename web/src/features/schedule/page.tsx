import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock, SearchX } from "lucide-react";
import { useMemo, useRef } from "react";

import { liveSummaryQuery } from "@/api/live";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { plural } from "@/lib/text/format";
import { useShortcuts } from "@/lib/keyboard/shortcuts";

import { Cards } from "./cards";
import { useSelection } from "./bulk/selection";
import { Density } from "./density/density";
import { isFiltered, NO_FILTERS, useLiveFilters, useScheduleSearch } from "./filters";
import { GettingStarted } from "./getting-started";
import { useList } from "./list/use-list";
import { SelectionBar } from "./bulk/selection-bar";
import { AutomationTable } from "./list/table";
import { Toolbar } from "./toolbar/toolbar";

export function SchedulePage() {
  const [search, change] = useScheduleSearch();
  const filters = useLiveFilters(search);
  const window = search.window;
  const overall = useQuery(liveSummaryQuery(useMemo(() => (window ? { window } : {}), [window])));
  const { query, list, stale, slice, see } = useList(filters);
  const open = useOpenAutomation();
  const searchBox = useRef<HTMLInputElement>(null);
  const selected = useSelection(filters);

  useShortcuts({
    "/": () => searchBox.current?.focus(),
    Escape: selected.clear,
  });

  const total = list?.summary.total ?? 0;
  const isEmpty = overall.data && overall.data.total + overall.data.archived === 0 && !isFiltered(search);
  if (isEmpty)
    return (
      <>
        <h1 className="sr-only">Schedule</h1>
        <GettingStarted />
      </>
    );

  return (
    <>
      <h1 className="sr-only">Schedule</h1>
      <div className="flex flex-col gap-2 pt-3">
        <Cards summary={overall.data} />
        <Density filters={filters} listed={list?.summary.total} />
        <Toolbar facets={list?.summary.facets} searchBox={searchBox} />
      </div>
      {/* Before the rows in reading order, so that the keyboard reaches it first; drawn at the foot of the window. */}
      {selected.number > 0 && <SelectionBar selected={selected} filters={filters} total={total} />}
      {list ? (
        total > 0 ? (
          <AutomationTable
            list={list}
            stale={stale}
            loading={query.isFetching}
            slice={slice}
            onSee={see}
            selected={selected}
            onOpen={open}
          />
        ) : (
          <Panel>
            <Nothing filtered={isFiltered(search)} onClear={() => change(NO_FILTERS)} />
          </Panel>
        )
      ) : (
        <Panel>
          {query.isError ? (
            <Failure error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Skeleton rows={12} />
          )}
        </Panel>
      )}
      <p role="status" className="px-1 pt-2 text-xs text-ink-3">
        {list && plural(total, "automation")}
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
      <Notice
        icon={SearchX}
        title="No automations match these filters"
        action={<Button onClick={onClear}>Clear filters</Button>}
      >
        Try other words, or clear the search and filters.
      </Notice>
    );
  }
  return (
    <Notice
      icon={CalendarClock}
      title="No automations"
      action={
        <Link to="/automations/new" className={buttonClass("primary")}>
          New automation
        </Link>
      }
    >
      Create one here, or declare them in a file with <code className="font-mono text-xs">podium apply</code>.
    </Notice>
  );
}
