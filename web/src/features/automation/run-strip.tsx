import { Link } from "@tanstack/react-router";

import type { Run } from "@/api/types";
import { StatusLabel } from "@/components/labels";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { money } from "@/lib/format";
import { useZone } from "@/lib/preferences";
import { useRoving } from "@/lib/roving";
import { STATUSES } from "@/lib/statuses";
import { dayAndTime, duration } from "@/lib/time";

/** The newest runs as cells, oldest first: each tells what became of it and leads to it. */
export function RunStrip({ runs }: { runs: readonly Run[] }) {
  const zone = useZone();
  const roving = useRoving(runs.length);
  return (
    <div role="group" aria-label="The newest runs, oldest first" className="flex h-7 gap-[2px]" {...roving.row}>
      {runs.map((run, index) => (
        <Tooltip key={run.id} text={<Told run={run} zone={zone} />}>
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            preload={false}
            aria-label={[STATUSES[run.status].label, began(run, zone), duration(run.durationMs)].join(", ")}
            className={cn(
              "max-w-4 min-w-[3px] flex-1 rounded-[2px] opacity-80 hover:opacity-100 focus-visible:opacity-100",
              STATUSES[run.status].dot,
            )}
            {...roving.item(index)}
          />
        </Tooltip>
      ))}
    </div>
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
      {(run.error?.message ?? run.reason) && <p className="line-clamp-3 text-ink-3">{run.error?.message ?? run.reason}</p>}
    </div>
  );
}

const began = (run: Run, zone: string) => dayAndTime(run.startedAt ?? run.dueAt ?? run.queuedAt, zone);
