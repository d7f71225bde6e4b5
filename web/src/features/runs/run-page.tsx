import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";

import { runQuery } from "@/api/runs";
import type { RunDetail } from "@/api/types";
import { Json } from "@/components/json";
import { KindLabel, SimulatedBadge, StatusLabel, When } from "@/components/labels";
import { Failure, isMissing, Notice, Skeleton } from "@/components/page-states";
import { buttonClass } from "@/components/ui/button";

import { FlowControlNote } from "./flow-control-note";
import { RunActions } from "./run-actions";
import { RunFacts } from "./run-facts";
import { RunTable } from "./run-table";
import { Steps } from "./steps";

export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const run = useQuery(runQuery(id));
  if (run.isPending) return <Skeleton rows={12} />;
  if (!run.data && isMissing(run.error)) return <NoSuchRun />;
  if (!run.data) return <Failure heading="h1" error={run.error} onRetry={() => void run.refetch()} />;
  return <RunDetails run={run.data} />;
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

function RunDetails({ run }: { run: RunDetail }) {
  return (
    <div className="flex flex-col gap-3 pt-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-base font-semibold">{run.automation?.name ?? run.primitive.name}</h1>
        <StatusLabel status={run.status} />
        <KindLabel kind={run.kind} />
        {run.simulated && <SimulatedBadge />}
        <span className="flex-1" />
        <RunActions run={run} />
      </header>
      {run.error && <Problem title={run.error.type}>{run.error.message}</Problem>}
      {run.stuck && (
        <Problem title="Stuck">
          {run.stuck.message}
          {run.stuck.lastBuild && ` · Last made progress under build ${run.stuck.lastBuild}.`}
        </Problem>
      )}
      {run.stuckBelow && (
        <Problem title="Waits for a stuck run">
          <Link to="/runs/$id" params={{ id: run.stuckBelow.runId }} className="text-accent hover:underline">
            {run.stuckBelow.name}
          </Link>
          {", which got stuck "}
          <When at={run.stuckBelow.since} />
        </Problem>
      )}
      {run.note && (
        <p className="rounded-lg border border-degrading/50 bg-panel px-3.5 py-2.5">
          <span className="font-medium text-degrading">Not kept exactly</span> {run.note}
        </p>
      )}
      <FlowControlNote run={run} />
      <RunFacts run={run} />
      {run.steps.length > 0 && (
        <Panel title="Steps">
          <Steps steps={run.steps} />
        </Panel>
      )}
      <div className="grid gap-3 lg:grid-cols-2">
        <Panel title="Input">
          <Json value={run.input} label="Input" />
        </Panel>
        <Panel title="Output">
          <Json value={run.output} label="Output" />
        </Panel>
      </div>
      {run.children.length > 0 && (
        <section className="rounded-lg border border-line bg-panel">
          <h2 className="px-3.5 pt-2.5 pb-1 font-medium">Child runs</h2>
          <RunTable runs={run.children} siblings />
        </section>
      )}
    </div>
  );
}

function Problem({ title, children }: { title: string; children: ReactNode }) {
  return (
    <p className="rounded-lg border border-failing/40 bg-[color-mix(in_oklab,var(--failing)_7%,var(--panel))] px-3.5 py-2.5">
      <span className="font-medium text-failing">{title}</span> {children}
    </p>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0 rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <h2 className="mb-2 font-medium">{title}</h2>
      {children}
    </section>
  );
}
