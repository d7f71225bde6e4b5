import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { RunOverview } from "@/api/types";
import { CopyButton } from "@/components/copy-button";
import { cn } from "@/lib/cn";

import { FlowControlNote } from "./flow-control-note";

const BAD = new Set<RunOverview["status"]>(["failed", "stuck", "missed"]);

/** What happened to the run: the sentence, then what it has no room for. */
export function Story({ run }: { run: RunOverview }) {
  const { error, stuck, stuckBelow, note, sentence } = run;
  const isBad = BAD.has(run.status) || stuckBelow !== null;
  return (
    <>
      <p
        role="note"
        aria-label="What happened"
        className={cn("text-[0.9375rem] leading-6 break-words", isBad && "text-failing")}
      >
        {sentence}
        {error && (
          <>
            {" "}
            <code className="rounded bg-sunken px-1.5 py-0.5 font-mono text-xs text-ink-2" title="Type of the error">
              {error.type}
            </code>
          </>
        )}
        {stuckBelow && (
          <>
            {" "}
            <Link to="/runs/$id" params={{ id: stuckBelow.runId }} className="text-accent hover:underline">
              Show {stuckBelow.name}
            </Link>
          </>
        )}
      </p>
      {error && !run.tellsError && (
        <Detail title={error.type} copy={error.message}>
          {error.message}
        </Detail>
      )}
      {stuck && !sentence.includes(stuck.message) && (
        <Detail title="Stuck" copy={stuck.message}>
          {stuck.message}
        </Detail>
      )}
      {note && (
        <p className="rounded-lg border border-degrading/50 bg-panel px-3.5 py-2.5">
          <span className="font-medium text-degrading">Not kept exactly</span> {note}
        </p>
      )}
      <FlowControlNote run={run} />
    </>
  );
}

/** A text of any length, as it was written. */
function Detail({ title, copy, children }: { title: string; copy: string; children: ReactNode }) {
  return (
    <div className="flex gap-2 rounded-lg border border-failing/40 bg-[color-mix(in_oklab,var(--failing)_7%,var(--panel))] px-3.5 py-2.5">
      <div tabIndex={0} role="group" aria-label="Error" className="max-h-48 min-w-0 flex-1 overflow-auto">
        <span className="font-medium text-failing">{title}</span>{" "}
        <span className="break-words whitespace-pre-wrap [unicode-bidi:isolate]">{children}</span>
      </div>
      <CopyButton text={copy} label="Copy the error" />
    </div>
  );
}
