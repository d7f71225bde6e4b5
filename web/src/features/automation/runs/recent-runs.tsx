import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import type { ReactNode } from "react";

import { latestRunsQuery } from "@/api/runs";
import type { AutomationDetail, Run } from "@/api/types";
import { When } from "@/components/labels";
import { Skeleton } from "@/components/page-states";
import { count, money, percent, plural } from "@/lib/text/format";
import { SEVERITIES } from "@/lib/words/severity";
import { duration } from "@/lib/time/time";

import { Section } from "../section";
import { lastFailure } from "./last-failure";
import { RunStrip } from "./run-strip";

/** The default window of a health policy. */
const STRIP = 50;

/** Success, duration and cost of the runs, the last error, and the latest runs as a strip. */
export function RecentRuns({ automation }: { automation: AutomationDetail }) {
  const runs = useQuery(latestRunsQuery(automation.slug, STRIP));
  const { stats } = automation;
  const judged = stats.recent.completed + stats.recent.failed;
  return (
    <Section title="Runs" action={<RunsLink automation={automation} />}>
      <dl className="grid grid-cols-4 gap-2 max-[24rem]:grid-cols-2">
        <Fact label="Success" note={judged > 0 ? `of the last ${judged}` : nothingJudged(stats.successRate)}>
          <span className={stats.recent.successRate === null ? "" : SEVERITIES[automation.severity].text}>
            {percent(stats.recent.successRate)}
          </span>
        </Fact>
        <Fact label="Duration" note="average">
          {duration(stats.avgDurationMs)}
        </Fact>
        <Fact label="Cost" note="per run">
          {stats.totalRuns === 0 ? "—" : money(stats.avgCostPerRun)}
        </Fact>
        <Fact
          label="Per month"
          note={automation.budgetUsdMonth ? `budget ${money(automation.budgetUsdMonth)}` : "estimated"}
        >
          {stats.totalRuns === 0 ? "—" : money(automation.estMonthlyCost.mean)}
        </Fact>
      </dl>
      {stats.successRate !== null && (
        <p className="mt-2 text-xs text-ink-2">
          All time: {percent(stats.successRate)} ({count(stats.successRuns)} completed, {count(stats.failedRuns)}{" "}
          failed)
        </p>
      )}
      <div className="mt-3">
        {runs.isPending && <Skeleton rows={1} />}
        {runs.isError && !runs.data && <p className="text-failing">{runs.error.message}</p>}
        {runs.data?.length === 0 && <p className="text-ink-3">No runs yet.</p>}
        {runs.data && <LastError runs={runs.data} />}
        {runs.data && runs.data.length > 0 && <RunStrip key={runs.data.length} runs={runs.data.toReversed()} />}
      </div>
    </Section>
  );
}

const nothingJudged = (allTime: number | null) =>
  // Those of backfills do not count, nor those before it was resumed.
  allTime === null ? "no finished runs" : "no recent run counts";

/** The error of the latest failed run. */
function LastError({ runs }: { runs: readonly Run[] }) {
  const failed = lastFailure(runs);
  if (!failed?.error) return null;
  return (
    <p className="mb-2 flex items-baseline gap-2">
      <Link to="/runs/$id" params={{ id: failed.id }} className="shrink-0 font-medium text-failing hover:underline">
        Last error
      </Link>
      <span className="line-clamp-2 min-w-0 flex-1 break-words text-ink-2">{failed.error.message}</span>
      <When at={failed.finishedAt ?? failed.startedAt} className="text-xs text-ink-3" />
    </p>
  );
}

function RunsLink({ automation }: { automation: AutomationDetail }) {
  const { totalRuns, failedRuns } = automation.stats;
  return (
    <Link
      to="/runs"
      search={{ automation: automation.slug }}
      className="inline-flex items-center gap-1 text-accent hover:underline"
    >
      <Play className="size-3" />
      {totalRuns === 0 ? "Show runs" : `Show ${plural(totalRuns, "run")}`}
      {failedRuns > 0 && `, ${count(failedRuns)} failed`}
    </Link>
  );
}

function Fact({ label, note, children }: { label: string; note: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="text-base font-semibold">{children}</dd>
      <dd className="text-2xs leading-3.5 text-ink-3">{note}</dd>
    </div>
  );
}
