import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { runsQuery } from "@/api/runs";
import type { Primitive } from "@/api/types";
import { StatusLabel, When } from "@/components/labels";
import { Skeleton } from "@/components/page-states";
import { duration } from "@/lib/time/time";

const SHOWN = 10;

export function LatestRuns({ primitive }: { primitive: Primitive }) {
  const runs = useInfiniteQuery(runsQuery({ kind: [primitive.kind], primitive: [primitive.slug] }));
  const items = runs.data?.pages[0]?.items.slice(0, SHOWN);
  if (!items) return <Skeleton rows={4} />;
  if (items.length === 0) return <p className="text-ink-3">No runs yet.</p>;
  return (
    <ul className="flex flex-col">
      {items.map((run) => (
        <li key={run.id} className="relative flex h-7 items-center gap-3 rounded hover:bg-sunken/60">
          <span className="w-24">
            <StatusLabel status={run.status} />
          </span>
          <Link to="/runs/$id" params={{ id: run.id }} className="min-w-0 flex-1 truncate after:absolute after:inset-0">
            {run.automation?.name ?? (run.parentRunId ? "Child run" : "Manual run")}
          </Link>
          {run.parentRunId && (
            <Link
              to="/runs/$id"
              params={{ id: run.parentRunId }}
              className="relative inline-flex min-h-6 shrink-0 items-center text-accent hover:underline"
            >
              parent run
            </Link>
          )}
          <span className="text-ink-3">{duration(run.durationMs)}</span>
          <When at={run.startedAt ?? run.queuedAt} className="w-16 text-right text-ink-3" />
        </li>
      ))}
    </ul>
  );
}
