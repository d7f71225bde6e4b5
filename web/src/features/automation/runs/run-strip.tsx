import { Link } from "@tanstack/react-router";

import type { Run, RunStatus } from "@/api/types";
import { StatusLabel } from "@/components/labels";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { money } from "@/lib/text/format";
import { useZone } from "@/lib/preferences";
import { useRoving } from "@/lib/keyboard/roving";
import { RUN_STATUSES, STATUSES } from "@/lib/words/statuses";
import { waitingFor } from "@/lib/words/flow-control";
import { reasonInWords } from "@/lib/words/reasons";
import { dayAndTime, duration } from "@/lib/time/time";

/** The latest runs as cells, oldest first: each shows its outcome and links to the run. */
export function RunStrip({ runs }: { runs: readonly Run[] }) {
  const zone = useZone();
  const roving = useRoving(runs.length);
  return (
    <>
      <div role="group" aria-label="Latest runs, oldest first" className="flex h-7 gap-[2px]" {...roving.row}>
        {runs.map((run, index) => (
          <Tooltip key={run.id} text={<Told run={run} zone={zone} />}>
            <Link
              to="/runs/$id"
              params={{ id: run.id }}
              preload={false}
              aria-label={[STATUSES[run.status].label, began(run, zone), duration(run.durationMs)].join(", ")}
              className="flex max-w-4 min-w-[3px] flex-1 items-end rounded-[2px] hover:bg-ink/8"
              {...roving.item(index)}
            >
              <Bar status={run.status} className="w-full" />
            </Link>
          </Tooltip>
        ))}
      </div>
      <Legend runs={runs} />
    </>
  );
}

function Bar({ status, className }: { status: RunStatus; className: string }) {
  return <span data-drawn className={cn("block rounded-[2px]", STATUSES[status].bar, className)} />;
}

/** The count per outcome, which doubles as the legend of the heights. */
function Legend({ runs }: { runs: readonly Run[] }) {
  const there = RUN_STATUSES.map((status) => [status, runs.filter((run) => run.status === status).length] as const);
  return (
    <p className="mt-1.5 flex flex-wrap gap-x-3 text-2xs text-ink-3">
      {there
        .filter(([, number]) => number > 0)
        .map(([status, number]) => (
          <span key={status} className="inline-flex items-center gap-1">
            <span aria-hidden className="flex h-3 items-end">
              <Bar status={status} className="w-1" />
            </span>
            {number} {STATUSES[status].label.toLowerCase()}
          </span>
        ))}
    </p>
  );
}

function Told({ run, zone }: { run: Run; zone: string }) {
  return (
    <div className="flex flex-col gap-0.5 py-0.5">
      <p className="flex items-center gap-2">
        <StatusLabel status={run.status} /> <span className="text-ink-2">{began(run, zone)}</span>
      </p>
      {run.startedAt && (
        <p className="text-ink-2">
          {duration(run.durationMs)}, cost {money(run.costUsd)}
        </p>
      )}
      {(run.error?.message ?? run.reason ?? run.held) && (
        <p className="line-clamp-3 text-ink-3">
          {run.error?.message ?? (run.held ? waitingFor(run.held) : reasonInWords(run.reason ?? ""))}
        </p>
      )}
    </div>
  );
}

const began = (run: Run, zone: string) => dayAndTime(run.startedAt ?? run.dueAt ?? run.queuedAt, zone);
