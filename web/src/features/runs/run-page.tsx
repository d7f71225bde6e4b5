import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Ban, Check, ExternalLink, RotateCw, SearchX, X } from "lucide-react";
import type { ReactNode } from "react";

import { cancelRun, isOpen, rerunRun, runKeys, runQuery, signalRun } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { RunDetail } from "@/api/types";
import { Json } from "@/components/json";
import { KindLabel, SimulatedBadge, StatusLabel, When } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, isMissing, Notice, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { count, money } from "@/lib/format";
import { useZone } from "@/lib/preferences";
import { duration, exact } from "@/lib/time";

import { startedBy } from "./origin";
import { RunTable } from "./page";
import { Steps } from "./steps";

export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const run = useQuery(runQuery(id));
  if (run.isPending) return <Skeleton rows={12} />;
  if (!run.data && isMissing(run.error)) return <NoSuchRun />;
  if (!run.data) return <Failure heading="h1" error={run.error} onRetry={() => void run.refetch()} />;
  return <Shown run={run.data} />;
}

function NoSuchRun() {
  return (
    <Notice
      heading="h1"
      icon={SearchX}
      title="There is no such run"
      action={
        <Link to="/runs" className={buttonClass()}>
          All runs
        </Link>
      }
    >
      Nothing has run under this address. It may be cut short, or come from another Podium.
    </Notice>
  );
}

function Shown({ run }: { run: RunDetail }) {
  const open = useOpenAutomation();
  const zone = useZone();
  const automation = run.automation;
  return (
    <div className="flex flex-col gap-3 pt-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-base font-semibold">{automation?.name ?? run.primitive.name}</h1>
        <StatusLabel status={run.status} />
        <KindLabel kind={run.kind} />
        {run.simulated && <SimulatedBadge />}
        <span className="flex-1" />
        <RunActions run={run} />
      </header>
      {run.error && (
        <p className="rounded-lg border border-failing/40 bg-[color-mix(in_oklab,var(--failing)_7%,var(--panel))] px-3.5 py-2.5">
          <span className="font-medium text-failing">{run.error.type}</span> {run.error.message}
        </p>
      )}
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 rounded-lg border border-line bg-panel px-3.5 py-3 sm:grid-cols-4 wide:grid-cols-9">
        <Fact label="Primitive">
          <Link
            to="/primitives/$kind/$slug"
            params={{ kind: run.kind, slug: run.primitive.slug }}
            className="text-accent hover:underline"
          >
            {run.primitive.name}
          </Link>
        </Fact>
        <Fact label="Automation">
          {automation ? (
            <button type="button" className="text-accent hover:underline" onClick={() => open(automation.slug)}>
              {automation.name}
            </button>
          ) : (
            "None"
          )}
        </Fact>
        <Fact label="Started by">
          <StartedBy run={run} />
        </Fact>
        <Fact label="Due">{run.dueAt ? <When at={run.dueAt} /> : "—"}</Fact>
        <Fact label="Began" title={run.startedAt ? exact(run.startedAt, zone) : ""}>
          <When at={run.startedAt} />
        </Fact>
        <Fact label="Took">{duration(run.durationMs)}</Fact>
        <Fact label="Cost">{run.costUsd === null ? "unknown" : money(run.costUsd)}</Fact>
        <Fact label="Tokens">{run.tokens ? count((run.tokens.input ?? 0) + (run.tokens.output ?? 0)) : "—"}</Fact>
        <Fact label={run.reason ? "Reason" : "Model"}>{run.reason?.replaceAll("_", " ") ?? run.model ?? "—"}</Fact>
      </dl>
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
          <RunTable runs={run.children} ofOne />
        </section>
      )}
    </div>
  );
}

/** What made the run: its clock, something that arrived, a person, or the run that it is a part of. */
function StartedBy({ run: { origin, parentRunId, rerunOf } }: { run: RunDetail }) {
  if (parentRunId) return <RunLink id={parentRunId}>The run it is part of</RunLink>;
  if (!origin) return "—";
  const [how, what] = startedBy(origin);
  return (
    <>
      {rerunOf ? <RunLink id={rerunOf}>Rerun of an earlier run</RunLink> : how}
      {what && (
        <span title={what} className="block truncate text-xs text-ink-3">
          {what}
        </span>
      )}
    </>
  );
}

function RunLink({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Link to="/runs/$id" params={{ id }} className="text-accent hover:underline">
      {children}
    </Link>
  );
}

function RunActions({ run }: { run: RunDetail }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery());
  const refresh = () => queries.invalidateQueries({ queryKey: runKeys.all });
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: () => notifyDone("The run is being cancelled."),
    onError: notifyError,
    onSettled: refresh,
  });
  const rerun = useMutation({
    mutationFn: () => rerunRun(run.id),
    onSuccess: (fired) => {
      const next = fired.runs[0];
      if (next) void navigate({ to: "/runs/$id", params: { id: next.runId } });
    },
    onError: notifyError,
    onSettled: refresh,
  });
  const decide = useMutation({
    mutationFn: (signal: "approve" | "reject") => signalRun(run.id, { signal, argument: {} }),
    onSuccess: (_, signal) => notifyDone(signal === "approve" ? "Approved." : "Rejected."),
    onError: notifyError,
    onSettled: refresh,
  });
  const may = covers(session, "operate");
  const asks = run.steps.some((step) => step.kind === "approval" && step.status === "waiting");
  return (
    <>
      {asks && (
        <>
          <Button look="primary" disabled={!may || decide.isPending} onClick={() => decide.mutate("approve")}>
            <Check className="size-3.5" /> Approve
          </Button>
          <Button disabled={!may || decide.isPending} onClick={() => decide.mutate("reject")}>
            <X className="size-3.5" /> Reject
          </Button>
        </>
      )}
      {isOpen(run.status) ? (
        <Button disabled={!may || cancel.isPending} onClick={() => cancel.mutate()}>
          <Ban className="size-3.5" /> Cancel
        </Button>
      ) : (
        !run.parentRunId && (
          <Button disabled={!may || rerun.isPending} onClick={() => rerun.mutate()}>
            <RotateCw className="size-3.5" /> Run again
          </Button>
        )
      )}
      {run.temporalUrl && (
        <a href={run.temporalUrl} target="_blank" rel="noreferrer" className={buttonClass()}>
          In Temporal <ExternalLink className="size-3.5" />
        </a>
      )}
    </>
  );
}

function Fact({ label, title, children }: { label: string; title?: string; children: ReactNode }) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="truncate">{children}</dd>
    </div>
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
