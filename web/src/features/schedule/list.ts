import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { BEGINNING, type LiveFilters, liveListQuery, listName, type Slice } from "@/api/live";

import { isSame } from "./slices";

/**
 * The list of which only what is looked at is asked for: one slice, one answer, however long the list is.
 * What is drawn comes from one answer at a time, so that no row is drawn twice or left out when places change.
 */
export function useList(filters: LiveFilters) {
  const of = listName(filters);
  const [seen, setSeen] = useState({ of, slice: BEGINNING });
  // Other filters, another list: it is seen from its beginning.
  const slice = seen.of === of ? seen.slice : BEGINNING;
  const query = useQuery(liveListQuery(filters, slice));
  const [last, setLast] = useState(query.data);
  if (query.data && query.data !== last) setLast(query.data);
  // Where one slice cannot be had, what is there of the same list stays.
  const list = query.data ?? (last?.of === of ? last : undefined);

  const see = useCallback(
    (next: Slice) => setSeen((now) => (now.of === of && isSame(now.slice, next) ? now : { of, slice: next })),
    [of],
  );
  return { query, list, stale: list !== undefined && list.of !== of, slice, see };
}

export type List = NonNullable<ReturnType<typeof useList>["list"]>;
