import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";

import type { LiveFilters } from "@/api/live";
import { covers, sessionQuery } from "@/api/session";
import type { BulkAction } from "@/api/types";
import { Button } from "@/components/ui/button";
import { focusBefore, stopsIn } from "@/lib/keyboard/focus";
import { count } from "@/lib/text/format";
import { moved } from "@/lib/keyboard/roving";
import { useShortcuts } from "@/lib/keyboard/shortcuts";

import { BulkDialog } from "./dialog";
import type { Selection } from "./selection";
import { BULK_ACTIONS } from "./actions";
import { bulkFilter } from "../filters";
import { SpreadButton } from "../spread/button";

const LIVE: readonly BulkAction[] = ["pause", "resume", "fire", "archive"];
/** Clears the selection. */
const LEAVING: readonly BulkAction[] = ["archive", "restore"];

interface SelectionBarProps {
  selected: Selection;
  filters: LiveFilters;
  /** Number of automations that match the filters, loaded or not. */
  total: number;
}

/** The toolbar of bulk actions; the server counts before an action is applied. */
export function SelectionBar({ selected, filters, total }: SelectionBarProps) {
  const { everything, number } = selected;
  const session = useQuery(sessionQuery());
  const [asking, setAsking] = useState<BulkAction>();
  const actions: readonly BulkAction[] = filters.archived?.includes(true) ? ["restore"] : LIVE;
  const bar = useRef<HTMLDivElement>(null);
  useShortcuts({ b: () => bar.current && stopsIn(bar.current)[0]?.focus() });

  function clear() {
    focusBefore(bar.current);
    selected.clear();
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const stops = stopsIn(event.currentTarget);
    const to = moved(event.key, stops.indexOf(document.activeElement as HTMLElement), stops.length);
    if (event.key === "Escape") clear();
    else if (to !== undefined) stops[to]?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div
        ref={bar}
        data-selection-bar
        role="toolbar"
        tabIndex={-1}
        onKeyDown={onKeyDown}
        aria-label="Selection"
        className="fixed inset-x-2 bottom-5 z-30 mx-auto flex w-fit appear flex-wrap items-center gap-1 rounded-lg border border-line-strong bg-raised p-1.5 shadow-pop"
      >
        <span className="px-2 font-medium whitespace-nowrap max-[24rem]:px-1">
          {count(everything ? total : number)}
          <span className="max-[24rem]:sr-only"> selected</span>
        </span>
        {!everything && total > number && (
          <Button
            look="quiet"
            className="text-accent max-sm:px-1.5"
            aria-label={`Select all ${count(total)}`}
            onClick={selected.selectEverything}
          >
            <span className="max-sm:hidden">Select</span>
            <span className="max-sm:first-letter:uppercase">all {count(total)}</span>
          </Button>
        )}
        {actions.map((action) => {
          const { verb, icon: Icon, scope } = BULK_ACTIONS[action];
          return (
            <Button
              key={action}
              look="quiet"
              aria-label={verb}
              title={verb}
              className="max-sm:size-8 max-sm:justify-center max-sm:px-0"
              disabled={!covers(session.data, scope)}
              onClick={() => setAsking(action)}
            >
              <Icon className="size-3.5 max-sm:size-4" />
              <span className="max-sm:hidden">{verb}</span>
            </Button>
          );
        })}
        {actions === LIVE && (
          <SpreadButton
            shrinks
            className="max-sm:size-8 max-sm:justify-center max-sm:px-0"
            which={everything ? { filter: bulkFilter(filters) } : { automations: selected.ids }}
          />
        )}
        <Button look="quiet" size="icon" aria-label="Clear selection" onClick={clear}>
          <X className="size-4" />
        </Button>
      </div>
      {asking && (
        <BulkDialog
          action={asking}
          which={everything ? { filter: bulkFilter(filters), all: true } : { automations: selected.ids }}
          onDone={() => LEAVING.includes(asking) && selected.clear()}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  );
}
