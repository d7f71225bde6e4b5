import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";

import type { LiveFilters } from "@/api/live";
import { covers, sessionQuery } from "@/api/session";
import type { BulkAction } from "@/api/types";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/format";

import { BulkDialog } from "./bulk-dialog";
import type { Chosen } from "./chosen";
import { DEEDS } from "./deeds";
import { bulkFilter } from "./filters";

const LIVE: readonly BulkAction[] = ["pause", "resume", "fire", "archive"];
/** What takes them off the list that is shown. */
const LEAVING: readonly BulkAction[] = ["archive", "restore"];

interface SelectionBarProps {
  chosen: Chosen;
  filters: LiveFilters;
  /** How many the filters show, loaded or not. */
  total: number;
}

/** What can be done to all that are selected; the server counts before anything is done. */
export function SelectionBar({ chosen, filters, total }: SelectionBarProps) {
  const { everything, number } = chosen;
  const session = useQuery(sessionQuery());
  const [asking, setAsking] = useState<BulkAction>();
  const actions: readonly BulkAction[] = filters.archived?.includes(true) ? ["restore"] : LIVE;
  return (
    <div
      role="toolbar"
      aria-label="What is selected"
      className="appear fixed bottom-5 left-1/2 z-30 flex max-w-[calc(100vw-1rem)] -translate-x-1/2 items-center gap-1 overflow-x-auto rounded-lg border border-line-strong bg-raised p-1.5 shadow-pop"
    >
      <span className="px-2 font-medium whitespace-nowrap">{count(everything ? total : number)} selected</span>
      {!everything && total > number && (
        <Button look="quiet" className="text-accent" onClick={chosen.chooseEverything}>
          Select all {count(total)}
        </Button>
      )}
      {actions.map((action) => {
        const { verb, icon: Icon, scope } = DEEDS[action];
        return (
          <Button key={action} look="quiet" disabled={!covers(session.data, scope)} onClick={() => setAsking(action)}>
            <Icon className="size-3.5" /> {verb}
          </Button>
        );
      })}
      <Button look="quiet" size="icon" aria-label="Clear the selection" onClick={chosen.clear}>
        <X className="size-4" />
      </Button>
      {asking && (
        <BulkDialog
          action={asking}
          which={everything ? { filter: bulkFilter(filters) } : { automations: chosen.ids }}
          onDone={() => LEAVING.includes(asking) && chosen.clear()}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  );
}
