import { useInfiniteQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";

import { backfillsQuery } from "@/api/backfills";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";

import { BackfillList } from "./list";

/** All backfills, catch-ups and reruns of many runs, newest first. */
export function BackfillsPage() {
  const found = useInfiniteQuery(backfillsQuery());
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <h1 className="py-3 text-base font-semibold">Backfills</h1>
      <div className="rounded-lg border border-line bg-panel">
        {found.isPending ? (
          <Skeleton rows={6} />
        ) : found.isError && items.length === 0 ? (
          <Failure error={found.error} onRetry={() => void found.refetch()} />
        ) : items.length === 0 ? (
          <Notice icon={CalendarClock} title="No backfills yet">
            A backfill runs past due times of a schedule: open an automation and choose Backfill. Failed runs can be run
            again together, from the list of runs.
          </Notice>
        ) : (
          <BackfillList backfills={items} named />
        )}
      </div>
      {found.hasNextPage && (
        <div className="flex justify-center pt-3">
          <Button onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
            {found.isFetchingNextPage ? "Loading…" : "Show more"}
          </Button>
        </div>
      )}
    </>
  );
}
