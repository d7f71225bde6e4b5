import { replaceEqualDeep, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { BEGINNING, type LiveFilters, type LivePart, liveListQuery, listName, type Slice } from "@/api/live";

import { isSame } from "./windows";

/**
 * A list of any length, of which only the visible slice is requested. All rows shown come from one response, so that
 * no row is duplicated or missing when positions change.
 */
export function useList(filters: LiveFilters) {
  const name = listName(filters);
  const [seen, setSeen] = useState({ name, slice: BEGINNING });
  // Other filters show another list, from its start.
  const slice = seen.name === name ? seen.slice : BEGINNING;
  const query = useQuery(liveListQuery(filters, slice));

  const [kept, setKept] = useState<{ answer: LivePart; list: LivePart }>();
  let known = kept;
  if (query.data && query.data !== kept?.answer) {
    known = { answer: query.data, list: withSameRows(query.data, kept?.list) };
    setKept(known);
  }
  // If a slice fails to load, the previous rows of the same list stay.
  const list = query.data || known?.list.name === name ? known?.list : undefined;

  const see = useCallback(
    (next: Slice) => setSeen((now) => (now.name === name && isSame(now.slice, next) ? now : { name, slice: next })),
    [name],
  );
  return { query, list, stale: list !== undefined && list.name !== name, slice, see };
}

/** Reuses the previous row objects where nothing changed, so that those rows are not rendered again. */
function withSameRows(answer: LivePart, before: LivePart | undefined): LivePart {
  if (!before) return answer;
  const known = new Map(before.automations.map((one) => [one.id, one]));
  return { ...answer, automations: answer.automations.map((one) => replaceEqualDeep(known.get(one.id), one)) };
}
