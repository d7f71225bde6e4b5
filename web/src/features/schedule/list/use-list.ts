import { replaceEqualDeep, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";

import { BEGINNING, type LiveFilters, type LivePart, liveListQuery, listName, type Slice } from "@/api/live";

import { isSame } from "./windows";

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

  const [kept, setKept] = useState<{ answer: LivePart; list: LivePart }>();
  let known = kept;
  if (query.data && query.data !== kept?.answer) {
    known = { answer: query.data, list: withSameRows(query.data, kept?.list) };
    setKept(known);
  }
  // Where one slice cannot be had, what is there of the same list stays.
  const list = query.data || known?.list.of === of ? known?.list : undefined;

  const see = useCallback(
    (next: Slice) => setSeen((now) => (now.of === of && isSame(now.slice, next) ? now : { of, slice: next })),
    [of],
  );
  return { query, list, stale: list !== undefined && list.of !== of, slice, see };
}

/** An answer whose rows are the very objects of the one before where nothing in them is new: they are not drawn again. */
function withSameRows(answer: LivePart, before: LivePart | undefined): LivePart {
  if (!before) return answer;
  const known = new Map(before.automations.map((one) => [one.id, one]));
  return { ...answer, automations: answer.automations.map((one) => replaceEqualDeep(known.get(one.id), one)) };
}
