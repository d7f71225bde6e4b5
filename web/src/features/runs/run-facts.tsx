import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { RunOverview } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";
import { count, money } from "@/lib/text/format";
import { duration } from "@/lib/time/time";
import { reasonInWords } from "@/lib/words/reasons";

import { CopyTime } from "./copy-time";
import { CostText } from "./cost-text";
import { startedBy } from "./origin";

/** What runs and why, when, how long, and what it cost. */
export function RunFacts({ run }: { run: RunOverview }) {
  const open = useOpenAutomation();
  const { automation, held, tokens } = run;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-3 rounded-lg border border-line bg-panel px-3.5 py-3 sm:grid-cols-3 lg:grid-cols-5">
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
      <Fact label={run.dueAt ? "Due" : "Arrived"}>
        <CopyTime at={run.dueAt ?? run.queuedAt} />
      </Fact>
      {held ? (
        <Fact label="Waiting since">
          <CopyTime at={held.since} />
        </Fact>
      ) : (
        <Fact label="Started">{run.startedAt ? <CopyTime at={run.startedAt} /> : "—"}</Fact>
      )}
      <Fact label="Ended">{run.finishedAt ? <CopyTime at={run.finishedAt} /> : "—"}</Fact>
      <Fact label="Waited" title="For its start, and while nothing below it worked">
        {duration(run.waitedMs)}
      </Fact>
      <Fact label="Worked">{duration(run.workedMs)}</Fact>
      <Fact label="Cost">
        <CostText cost={run.cost} />
        {run.lateCostUsd !== null && (
          <span className="block text-xs text-ink-3" title="From child runs that ended after this run">
            {money(run.lateCostUsd)} came after its end
          </span>
        )}
      </Fact>
      {run.reason ? (
        <Fact label="Reason" title={reasonInWords(run.reason)}>
          {reasonInWords(run.reason)}
        </Fact>
      ) : (
        <Fact label="Tokens">{tokens ? count((tokens.input ?? 0) + (tokens.output ?? 0)) : "—"}</Fact>
      )}
    </dl>
  );
}

function StartedBy({ run: { origin, parentRunId, rerunOf, probe } }: { run: RunOverview }) {
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
      <dd className="break-words">{children}</dd>
    </div>
  );
}
