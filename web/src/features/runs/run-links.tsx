import { ExternalLink } from "lucide-react";

import type { RunOverview } from "@/api/types";
import { CopyButton } from "@/components/copy-button";
import { useZone } from "@/lib/preferences";
import { dayAndTime } from "@/lib/time/time";

/** The ids of a run, to copy, and where else it can be seen. */
export function RunLinks({ run }: { run: RunOverview }) {
  const zone = useZone();
  const { url, keptUntil, isGone } = run.history;
  const { traceUrl } = run;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-3">
      <span className="inline-flex min-w-0 items-center gap-1">
        Run <code className="truncate font-mono">{run.id}</code>
        <CopyButton text={run.id} label="Copy the run's ID" />
      </span>
      {run.temporalWorkflowId && (
        <span className="inline-flex items-center gap-1">
          {url ? (
            <a
              href={url}
              target="_blank"
              rel="noreferrer"
              title={keptUntil ? `Temporal keeps its history until ${dayAndTime(keptUntil, zone)}` : undefined}
              className="inline-flex min-h-6 items-center gap-1 text-accent hover:underline"
            >
              Open in Temporal <ExternalLink className="size-3" />
            </a>
          ) : isGone && keptUntil ? (
            <span>Temporal kept its history until {dayAndTime(keptUntil, zone)}</span>
          ) : (
            <span>Not in Temporal</span>
          )}
          <CopyButton text={run.temporalWorkflowId} label="Copy the Temporal workflow ID" />
        </span>
      )}
      {traceUrl && (
        <a
          href={traceUrl}
          target="_blank"
          rel="noreferrer"
          className="inline-flex min-h-6 items-center gap-1 text-accent hover:underline"
        >
          Open trace <ExternalLink className="size-3" />
        </a>
      )}
    </div>
  );
}
