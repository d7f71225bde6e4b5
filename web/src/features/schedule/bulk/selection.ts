import type { RowSelectionState } from "@tanstack/react-table";
import { useState } from "react";

import type { LiveFilters } from "@/api/live";

import { bulkFilter } from "../filters";

/** What is selected: rows by their ids, on the screen or not, or all that the filters let through. */
export interface Chosen {
  rows: RowSelectionState;
  ids: string[];
  number: number;
  everything: boolean;
  choose: (rows: RowSelectionState) => void;
  chooseEverything: () => void;
  clear: () => void;
}

export function useChosen(filters: LiveFilters): Chosen {
  const [rows, setRows] = useState<RowSelectionState>({});
  const [everythingOf, setEverythingOf] = useState<string>();
  const which = JSON.stringify(bulkFilter(filters));
  // "All that match" was said of these filters, in whatever order, and of no others.
  if (everythingOf !== undefined && everythingOf !== which) setEverythingOf(undefined);
  const ids = Object.keys(rows).filter((id) => rows[id]);

  function choose(next: RowSelectionState) {
    setRows(next);
    setEverythingOf(undefined);
  }

  return {
    rows,
    ids,
    number: ids.length,
    everything: everythingOf === which,
    choose,
    chooseEverything: () => setEverythingOf(which),
    clear: () => choose({}),
  };
}
