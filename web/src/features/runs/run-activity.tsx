import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";

import { activityQuery } from "@/api/audit";
import type { RunOverview } from "@/api/types";
import { Failure, Notice, Skeleton } from "@/components/page-states";

import { ActivityList } from "../activity/list";

const DAY_MS = 86_400_000;

/** What people did to the run, and what was changed of its automation and primitive in the day before it. */
export function RunActivity({ run }: { run: RunOverview }) {
  const navigate = useNavigate();
  const began = Date.parse(run.startedAt ?? run.queuedAt);
  const around = {
    from: new Date(began - DAY_MS).toISOString(),
    ...(run.finishedAt ? { to: run.finishedAt } : {}),
  };
  const mine = useInfiniteQuery(activityQuery({ subject: run.id }));
  const primitive = useInfiniteQuery(activityQuery({ subject: run.primitive.id, ...around }));
  const automation = useInfiniteQuery({
    ...activityQuery({ automation: run.automation?.id ?? "", subjectType: ["automation"], ...around }),
    enabled: run.automation !== null,
  });
  const all = [mine, primitive, ...(run.automation ? [automation] : [])];
  const failed = all.find((one) => one.error && !one.data);
  if (failed) return <Failure error={failed.error} onRetry={() => all.forEach((one) => void one.refetch())} />;
  if (all.some((one) => one.isPending)) return <Skeleton rows={5} />;
  const items = all
    .flatMap((one) => one.data?.pages.flatMap((page) => page.items) ?? [])
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return (
    <section aria-label="Activity" className="rounded-lg border border-line bg-panel">
      <p className="border-b border-line px-3 py-2 text-xs text-ink-3">
        What was done to this run, and changes of its automation and primitive from a day before it started.
      </p>
      {items.length === 0 ? (
        <Notice icon={History} title="Nothing was done or changed" />
      ) : (
        <ActivityList items={items} onActor={(actor) => void navigate({ to: "/activity", search: { actor } })} />
      )}
    </section>
  );
}
