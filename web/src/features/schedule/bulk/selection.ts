import type { RowSelectionState } from "@tanstack/react-table";
import { useState } from "react";

import type { LiveFilters } from "@/api/live";

import { bulkFilter } from "../filters";

/** The selected rows by their ids, on the screen or not, or everything that the filters match. */
export interface Selection {
  rows: RowSelectionState;
  ids: string[];
  number: number;
  everything: boolean;
  select: (rows: RowSelectionState) => void;
  selectEverything: () => void;
  clear: () => void;
}

export function useSelection(filters: LiveFilters): Selection {
  const [rows, setRows] = useState<RowSelectionState>({});
  const [everythingFor, setEverythingFor] = useState<string>();
  const filter = JSON.stringify(bulkFilter(filters));
  // "Select all 80" applies to these filters only.
  if (everythingFor !== undefined && everythingFor !== filter) setEverythingFor(undefined);
  const ids = Object.keys(rows).filter((id) => rows[id]);

  function select(next: RowSelectionState) {
    setRows(next);
    setEverythingFor(undefined);
  }

  return {
    rows,
    ids,
    number: ids.length,
    everything: everythingFor === filter,
    select,
    selectEverything: () => setEverythingFor(filter),
    clear: () => select({}),
  };
}
