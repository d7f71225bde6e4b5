import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { SearchX } from "lucide-react";

import { runQuery } from "@/api/runs";
import type { RunOverview } from "@/api/types";
import { KindLabel, SimulatedBadge, StatusLabel } from "@/components/labels";
import { Failure, isMissing, Notice, Skeleton } from "@/components/page-states";
import { buttonClass } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";

import { KindView, tabOf } from "./kinds/kinds";
import { RunActions } from "./run-actions";
import { RunActivity } from "./run-activity";
import { RunFacts } from "./run-facts";
import { RunLinks } from "./run-links";
import { Story } from "./story";
import { Timeline } from "./timeline/timeline";

export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const run = useQuery(runQuery(id));
  if (run.isPending) return <Skeleton rows={12} />;
  if (!run.data && isMissing(run.error)) return <NoSuchRun />;
  if (!run.data) return <Failure heading="h1" error={run.error} onRetry={() => void run.refetch()} />;
  // What has been opened, chosen and typed belongs to one run.
  return <RunDetails key={id} run={run.data} />;
}

function NoSuchRun() {
  return (
    <Notice
      heading="h1"
      icon={SearchX}
      title="Run not found"
      action={
        <Link to="/runs" className={buttonClass()}>
          Show all runs
        </Link>
      }
    >
      No run has this ID. The address may be incomplete, or it belongs to another Podium installation.
    </Notice>
  );
}

function RunDetails({ run }: { run: RunOverview }) {
  const { view = "kind" } = useSearch({ from: "/runs/$id" });
  const navigate = useNavigate({ from: "/runs/$id" });
  const choose = (next: typeof view) =>
    void navigate({ search: (now) => ({ ...now, view: next === "kind" ? undefined : next }), replace: true });
  return (
    <div className="flex flex-col gap-3 pt-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 text-base font-semibold break-words">{run.automation?.name ?? run.primitive.name}</h1>
        <StatusLabel status={run.status} />
        <KindLabel kind={run.kind} />
        {run.simulated && <SimulatedBadge />}
        <span className="flex-1" />
        <RunActions run={run} />
      </header>
      <Story run={run} />
      <RunFacts run={run} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segmented
          label="View"
          value={view}
          onChange={choose}
          options={[
            { value: "kind", label: tabOf(run.kind) },
            { value: "timeline", label: "Timeline" },
            { value: "activity", label: "Activity" },
          ]}
        />
        <span className="flex-1" />
        <RunLinks run={run} />
      </div>
      {view === "kind" && <KindView run={run} />}
      {view === "timeline" && <Timeline run={run} />}
      {view === "activity" && <RunActivity run={run} />}
    </div>
  );
}
