import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, History, Plus, X } from "lucide-react";
import type { ReactNode, RefObject } from "react";

import { covers, sessionQuery } from "@/api/session";
import type { Facets } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { cn } from "@/lib/cn";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { SEVERITIES, WORST_FIRST } from "@/lib/words/severity";
import { SOURCE_LIST, SOURCES } from "@/lib/words/sources";

import { isFiltered, NO_FILTERS, useScheduleSearch } from "../filters";
import { SortMenu, StateMenu } from "./menus";
import { SearchBox } from "./search-box";

interface ToolbarProps {
  /** The count of each filter button. */
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
        <SortMenu />
        <StateMenu counts={facets?.state} />
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

/** A rule in the gap before a group; before the first group of a row it falls outside the box, which clips it. */
function Ruled({ children }: { children: ReactNode }) {
  return (
    <div className="relative max-w-full shrink-0 before:absolute before:top-1 before:-left-3 before:h-4 before:w-px before:bg-line">
      {children}
    </div>
  );
}
