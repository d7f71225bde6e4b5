import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { RunDetail } from "@/api/types";
import { When } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { count, money } from "@/lib/text/format";
import { useZone } from "@/lib/preferences";
import { duration, exact } from "@/lib/time/time";
import { reasonInWords } from "@/lib/words/reasons";

import { startedBy } from "./origin";

/** Primitive, origin, duration and cost of a run. */
export function RunFacts({ run }: { run: RunDetail }) {
  const open = useOpenAutomation();
  const zone = useZone();
  const automation = run.automation;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 rounded-lg border border-line bg-panel px-3.5 py-3 sm:grid-cols-4 wide:auto-cols-fr wide:grid-flow-col wide:grid-cols-none">
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
      {(run.dueAt || !(run.held || run.admittedAt)) && (
        <Fact label="Due">{run.dueAt ? <When at={run.dueAt} /> : "—"}</Fact>
      )}
      {run.held && (
        <Fact label="Waiting since">
          <When at={run.held.since} />
        </Fact>
      )}
      {run.admittedAt && (
        <Fact label="Waited" title={`Admitted ${exact(run.admittedAt, zone)}`}>
          {duration(Math.max(0, Date.parse(run.admittedAt) - Date.parse(run.queuedAt)))}
        </Fact>
      )}
      <Fact label="Started" title={run.startedAt ? exact(run.startedAt, zone) : ""}>
        <When at={run.startedAt} />
      </Fact>
      <Fact label="Duration">{duration(run.durationMs)}</Fact>
      <Fact label="Cost">{run.costUsd === null ? "Unknown" : money(run.costUsd)}</Fact>
      <Fact label="Tokens">{run.tokens ? count((run.tokens.input ?? 0) + (run.tokens.output ?? 0)) : "—"}</Fact>
      <Fact label={run.reason ? "Reason" : "Model"}>{run.reason ? reasonInWords(run.reason) : (run.model ?? "—")}</Fact>
    </dl>
  );
}

function StartedBy({ run: { origin, parentRunId, rerunOf, probe } }: { run: RunDetail }) {
  if (parentRunId) return <RunLink id={parentRunId}>Parent run</RunLink>;
  if (!origin) return "—";
  const [how, what] = startedBy(origin, probe);
  return (
    <>
      {rerunOf ? <RunLink id={rerunOf}>Rerun of this run</RunLink> : how}
      {what && (
        <span title={what} className="block truncate text-xs text-ink-3">
          {what}
        </span>
      )}
      {origin.causedBy && (
        <span className="block truncate text-xs">
          <RunLink id={origin.causedBy}>Run that caused it</RunLink>
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

function Fact({ label, title, children }: { label: string; title?: string; children: ReactNode }) {
  return (
    <div className="min-w-0" title={title}>
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="truncate">{children}</dd>
    </div>
  );
}
