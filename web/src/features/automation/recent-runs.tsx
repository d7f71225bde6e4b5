import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { latestRunsQuery } from "@/api/runs";
import type { AutomationDetail, Run } from "@/api/types";
import { Skeleton } from "@/components/page-states";
import { cn } from "@/lib/cn";
import { count, money, percent } from "@/lib/format";
import { useZone } from "@/lib/preferences";
import { SEVERITIES } from "@/lib/severity";
import { STATUSES } from "@/lib/statuses";
import { dayAndTime, duration } from "@/lib/time";

import { Sparkline } from "./sparkline";

const STRIP = 48;

/** How it has been doing: the newest runs as a strip, and what they took and cost. */
export function RecentRuns({ automation }: { automation: AutomationDetail }) {
  const runs = useQuery(latestRunsQuery(automation.slug, STRIP));
  const { stats } = automation;
  const oldestFirst = runs.data?.toReversed() ?? [];
  return (
    <div className="flex flex-col gap-3">
      <dl className="grid grid-cols-4 gap-2">
        <Fact label="Success" note={`${count(stats.failedRuns)} failed of ${count(stats.totalRuns)}`}>
          <span className={stats.recent.successRate === null ? "" : SEVERITIES[automation.severity].text}>
            {percent(stats.recent.successRate)}
          </span>
        </Fact>
        <Fact label="Duration" note="on average">
          {duration(stats.avgDurationMs)}
        </Fact>
        <Fact label="Cost" note="a run">
          {stats.avgCostPerRun === null ? "—" : money(stats.avgCostPerRun)}
        </Fact>
        <Fact label="A month" note={automation.estMonthlyCost.p90 ? `p90 ${money(automation.estMonthlyCost.p90)}` : "estimated"}>
          {automation.estMonthlyCost.mean === null ? "—" : money(automation.estMonthlyCost.mean)}
        </Fact>
      </dl>
      {runs.isPending && <Skeleton rows={2} />}
      {oldestFirst.length > 0 && (
        <>
          <Strip runs={oldestFirst} />
          <div className="grid grid-cols-2 gap-4">
            <Sparkline label="Duration" values={oldestFirst.map((run) => run.durationMs)} format={duration} />
            <Sparkline
              label="Cost"
              values={oldestFirst.map((run) => (run.costUsd === null ? null : Number(run.costUsd)))}
              format={(value) => money(String(value))}
            />
          </div>
        </>
      )}
      {runs.data?.length === 0 && <p className="text-ink-3">It has not run yet.</p>}
    </div>
  );
}

function Fact({ label, note, children }: { label: string; note: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="text-base font-semibold">{children}</dd>
      <dd className="truncate text-2xs text-ink-3">{note}</dd>
    </div>
  );
}

function Strip({ runs }: { runs: Run[] }) {
  const navigate = useNavigate();
  const zone = useZone();
  return (
    <div role="group" aria-label="The newest runs, oldest first" className="flex h-7 gap-[2px]">
      {runs.map((run) => {
        const told = `${STATUSES[run.status].label}, ${dayAndTime(run.startedAt ?? run.queuedAt, zone)}, ${duration(run.durationMs)}`;
        return (
          <button
            key={run.id}
            type="button"
            title={run.error ? `${told}: ${run.error.message}` : told}
            aria-label={told}
            onClick={() => void navigate({ to: "/runs/$id", params: { id: run.id } })}
            className={cn("min-w-[3px] flex-1 rounded-[2px] opacity-80 hover:opacity-100", STATUSES[run.status].dot)}
          />
        );
      })}
    </div>
  );
}
