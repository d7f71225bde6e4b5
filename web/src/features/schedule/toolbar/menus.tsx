import { ArrowUpDown } from "lucide-react";

import { type Sort, SORTS } from "@/api/live";
import type { Facets } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuChoice } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { STATES } from "@/lib/words/states";

import { currentSort, nextSort, useScheduleSearch } from "../filters";

const SORT_LABELS: Record<Sort | "relevance", string> = {
  relevance: "Relevance",
  severity: "Severity",
  name: "Name",
  runs: "Runs",
  success: "Success",
  lastRun: "Last run",
  nextRun: "Next run",
  cost: "Est. cost/mo",
};
const STATE_LIST = (Object.keys(STATES) as (keyof typeof STATES)[]).filter((state) => state !== "archived");

/** The sort menu for narrow windows; choosing the current sort reverses it. */
export function SortMenu() {
  const [search, change] = useScheduleSearch();
  const current = currentSort(search);
  return (
    <div className="lg:hidden">
      <Menu
        trigger={
          <Button look={search.sort ? "primary" : "plain"} size="icon" aria-label={`Sort by ${SORT_LABELS[current]}`}>
            <ArrowUpDown className="size-3.5" />
          </Button>
        }
      >
        {search.search && (
          <MenuChoice chosen={current === "relevance"} onSelect={() => change({ sort: undefined, order: undefined })}>
            {SORT_LABELS.relevance}
          </MenuChoice>
        )}
        {SORTS.map((sort) => (
          <MenuChoice key={sort} chosen={sort === current} onSelect={() => change(nextSort(search, sort))}>
            {SORT_LABELS[sort]}
          </MenuChoice>
        ))}
      </Menu>
    </div>
  );
}

export function StateMenu({ counts }: { counts: Facets["state"] | undefined }) {
  const [search, change] = useScheduleSearch();
  const states = search.state ?? [];
  return (
    <Menu
      trigger={
        <Button look={states.length > 0 ? "primary" : "plain"}>
          State
          {states.length > 0 && <span>{states.length}</span>}
        </Button>
      }
    >
      {STATE_LIST.map((state) => (
        <MenuChoice
          key={state}
          chosen={states.includes(state)}
          onSelect={() =>
            change({ state: states.includes(state) ? states.filter((one) => one !== state) : [...states, state] })
          }
        >
          <span className={cn("flex-1", !counts?.[state] && "text-ink-3")}>{STATES[state].label}</span>
          <span className="text-2xs text-ink-3">{counts?.[state]}</span>
        </MenuChoice>
      ))}
    </Menu>
  );
}
