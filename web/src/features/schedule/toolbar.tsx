import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, ArrowUpDown, History, Plus, Search, X } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";

import { type Sort, SORTS } from "@/api/live";
import { covers, sessionQuery } from "@/api/session";
import type { Facets } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Menu, MenuChoice } from "@/components/ui/menu";
import { Pills } from "@/components/ui/pills";
import { cn } from "@/lib/cn";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { SEVERITIES, WORST_FIRST } from "@/lib/severity";
import { SOURCE_LIST, SOURCES } from "@/lib/sources";
import { STATES } from "@/lib/states";
import { useTyping } from "@/lib/typing";

import { isFiltered, NO_FILTERS, nextSort, type ScheduleSearch, useScheduleSearch } from "./filters";

const RESTS_MS = 150;
const STATE_LIST = Object.keys(STATES) as (keyof typeof STATES)[];

interface ToolbarProps {
  /** How many each pill would show. */
  facets: Facets | undefined;
  searchBox: RefObject<HTMLInputElement | null>;
}

export function Toolbar({ facets, searchBox }: ToolbarProps) {
  const [search, change] = useScheduleSearch();
  const session = useQuery(sessionQuery());
  return (
    <div className="flex flex-col gap-1.5 py-2">
      <div className="flex items-center gap-2 max-sm:flex-wrap max-[24rem]:gap-1.5">
        <SearchBox box={searchBox} />
        {isFiltered(search) && (
          <Button look="quiet" className="max-sm:px-2" onClick={() => change(NO_FILTERS)}>
            <X className="size-3.5" />
            <span className="max-[24rem]:sr-only">Clear</span>
          </Button>
        )}
        <SortMenu search={search} change={change} />
        <StateMenu counts={facets?.state} search={search} change={change} />
        <Button
          look={search.window === "all" ? "primary" : "plain"}
          aria-pressed={search.window === "all"}
          aria-label="All-time rates"
          title="Calculate success over all finished runs instead of recent ones"
          onClick={() => change({ window: search.window === "all" ? undefined : "all" })}
        >
          <History className="size-3.5" />
          <span className="hidden md:inline">All-time rates</span>
        </Button>
        <Button
          look={search.archived ? "primary" : "plain"}
          aria-pressed={Boolean(search.archived)}
          aria-label="Archived"
          onClick={() => change({ archived: search.archived ? undefined : true })}
        >
          <Archive className="size-3.5" />
          <span className="hidden md:inline">Archived</span>
        </Button>
        {covers(session.data, "admin") && (
          <Link
            to="/automations/new"
            className={cn(buttonClass("primary"), "max-sm:ml-auto")}
            aria-label="New automation"
          >
            <Plus className="size-4" />
            <span className="hidden sm:inline">New</span>
          </Link>
        )}
      </div>
      <div className="-mx-1 flex items-center gap-x-6 gap-y-1 overflow-x-auto px-1 py-0.5 lg:flex-wrap">
        <Ruled>
          <Pills
            label="Primitive"
            chosen={search.primitive ?? []}
            onChange={(primitive) => change({ primitive })}
            pills={KIND_LIST.map((kind) => ({ value: kind, label: KINDS[kind].label, count: facets?.primitive[kind] }))}
          />
        </Ruled>
        <Ruled>
          <Pills
            label="Type"
            chosen={search.type ?? []}
            onChange={(type) => change({ type })}
            pills={SOURCE_LIST.map((source) => ({
              value: source,
              label: SOURCES[source].label,
              count: facets?.type[source],
            }))}
          />
        </Ruled>
        <Ruled>
          <Pills
            label="Severity"
            chosen={search.severity ?? []}
            onChange={(severity) => change({ severity })}
            pills={WORST_FIRST.map((band) => {
              const { icon: Icon, label, text } = SEVERITIES[band];
              return {
                value: band,
                count: facets?.severity[band],
                label: (
                  <>
                    <Icon className={cn("size-3", text)} />
                    {label}
                  </>
                ),
              };
            })}
          />
        </Ruled>
      </div>
    </div>
  );
}

/** A line before a group, in the gap: of a group that begins a row it lies outside, where it is cut off. */
function Ruled({ children }: { children: ReactNode }) {
  return (
    <div className="relative max-w-full shrink-0 before:absolute before:top-1 before:-left-3 before:h-4 before:w-px before:bg-line">
      {children}
    </div>
  );
}

function SearchBox({ box }: { box: RefObject<HTMLInputElement | null> }) {
  const [search, change] = useScheduleSearch();
  const typing = useTyping();
  const inAddress = search.search ?? "";
  const [text, setText] = useState(inAddress);
  const told = useRef(inAddress);
  const rests = useRef(0);
  useEffect(() => () => window.clearTimeout(rests.current), []);
  // Cleared elsewhere, or gone back to.
  useEffect(() => {
    if (inAddress === told.current) return;
    window.clearTimeout(rests.current);
    told.current = inAddress;
    setText(inAddress);
  }, [inAddress]);

  function type(next: string) {
    setText(next);
    window.clearTimeout(rests.current);
    rests.current = window.setTimeout(() => {
      if (next.trim() === told.current) return;
      told.current = next.trim();
      change({ search: told.current || undefined }, typing(told.current));
    }, RESTS_MS);
  }

  return (
    <label className="relative min-w-0 flex-1 max-sm:basis-full">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
      <input
        ref={box}
        type="search"
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        aria-label="Search automations"
        placeholder="Search by name, description, agent or entity   /"
        className="h-8 w-full rounded-md border border-line-control bg-panel pr-2 pl-8 placeholder:text-ink-3"
      />
    </label>
  );
}

interface StateMenuProps {
  counts: Facets["state"] | undefined;
  search: ScheduleSearch;
  change: (part: Partial<ScheduleSearch>) => void;
}

const SORT_LABELS: Record<Sort, string> = {
  severity: "Severity",
  name: "Name",
  runs: "Runs",
  success: "Success",
  lastRun: "Last run",
  nextRun: "Next run",
  cost: "Est. cost/mo",
};

/** Where the list has no headers to click on, or not all of them: a second choice of the same turns the order round. */
function SortMenu({ search, change }: Omit<StateMenuProps, "counts">) {
  const current = search.sort ?? "severity";
  return (
    <div className="lg:hidden">
      <Menu
        trigger={
          <Button look={search.sort ? "primary" : "plain"} size="icon" aria-label={`Sort by ${SORT_LABELS[current]}`}>
            <ArrowUpDown className="size-3.5" />
          </Button>
        }
      >
        {SORTS.map((sort) => (
          <MenuChoice key={sort} chosen={sort === current} onSelect={() => change(nextSort(search, sort))}>
            {SORT_LABELS[sort]}
          </MenuChoice>
        ))}
      </Menu>
    </div>
  );
}

function StateMenu({ counts, search, change }: StateMenuProps) {
  const chosen = search.state ?? [];
  return (
    <Menu
      trigger={
        <Button look={chosen.length > 0 ? "primary" : "plain"}>
          State
          {chosen.length > 0 && <span>{chosen.length}</span>}
        </Button>
      }
    >
      {STATE_LIST.filter((state) => state !== "archived").map((state) => (
        <MenuChoice
          key={state}
          chosen={chosen.includes(state)}
          onSelect={() =>
            change({ state: chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state] })
          }
        >
          <span className={cn("flex-1", !counts?.[state] && "text-ink-3")}>{STATES[state].label}</span>
          <span className="text-2xs text-ink-3">{counts?.[state]}</span>
        </MenuChoice>
      ))}
    </Menu>
  );
}
