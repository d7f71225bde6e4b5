import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { type RunFilters, runHeadQuery, runPagesQuery } from "@/api/runs";

import { shownRuns } from "./shown";

/** The list as it was loaded, brought up to date in place; what is new waits until it is asked for. */
export function useRunList(filters: RunFilters) {
  const queries = useQueryClient();
  const pages = useInfiniteQuery(runPagesQuery(filters));
  const isReady = pages.isSuccess && !pages.isPlaceholderData;
  const head = useQuery(runHeadQuery(filters, isReady));
  const loaded = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const current = isReady ? head.data : undefined;
  const shown = useMemo(() => shownRuns(loaded, current), [loaded, current]);
  const showNew = () => {
    if (!head.data) return;
    queries.setQueryData(runPagesQuery(filters).queryKey, { pages: [head.data], pageParams: [null] });
  };
  return { pages, shown, showNew, searchedTo: pages.data?.pages.at(-1)?.searchedTo };
}
