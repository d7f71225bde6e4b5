import type { CampaignDetails, RunOverview, StepStatus } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { count, percent, plural } from "@/lib/text/format";
import { STATUSES } from "@/lib/words/statuses";

import { CostText } from "../cost-text";
import { NotRecorded, Panel } from "../panel";

type AfterAction = NonNullable<CampaignDetails["report"]>;

const PARTS: readonly [StepStatus, string][] = [
  ["completed", "bg-healthy-mark"],
  ["failed", "bg-failing-mark"],
  ["cancelled", "bg-line-control"],
  ["running", "bg-running"],
  ["waiting", "bg-running"],
  ["pending", "bg-line"],
];

interface ReportProps {
  run: RunOverview;
  details: CampaignDetails;
  report: AfterAction;
}

/** What the campaign has achieved: after it, or so far. */
export function Report({ run, details, report }: ReportProps) {
  const tasks = new Map(
    details.missions.flatMap((mission) => mission.tasks.map((task) => [task.path, { mission, task }])),
  );
  const slowest = report.slowest ? tasks.get(report.slowest) : undefined;
  const costliest = details.missions.find((mission) => mission.path === report.costliest);
  const skipped = report.byStatus.skipped ?? 0;
  return (
    <Panel title={run.finishedAt ? "After-action report" : "So far"} actions={<Verdict report={report} />}>
      <div className="flex h-3 overflow-hidden rounded-[3px] bg-sunken" role="img" aria-label={countsOf(report)}>
        {PARTS.map(([status, color]) => {
          const share = ((report.byStatus[status] ?? 0) / Math.max(report.tasks, 1)) * 100;
          return (
            share > 0 && <span key={status} data-drawn className={cn("h-full", color)} style={{ width: `${share}%` }} />
          );
        })}
      </div>
      <p className="mt-1 text-xs text-ink-2">
        {countsOf(report)}
        {skipped > 0 && `; ${plural(skipped, "task")} skipped, which don't count`}
      </p>
      <dl className="mt-2 grid gap-x-6 gap-y-1.5 sm:grid-cols-2 lg:grid-cols-4">
        <Figure label="Success rate">
          {percent(report.successRate)}
          <span className="text-ink-3">
            {" "}
            {details.requiredRate === null ? (
              <NotRecorded>required: not recorded</NotRecorded>
            ) : (
              `of ${percent(details.requiredRate)} required`
            )}
          </span>
        </Figure>
        {slowest && (
          <Figure label="Slowest task">
            {slowest.task.name} <span className="text-ink-3">in {slowest.mission.name}</span>
          </Figure>
        )}
        {costliest && (
          <Figure label="Costliest mission">
            {costliest.name}{" "}
            <span className="text-ink-3">
              <CostText cost={costliest.cost} short />
            </span>
          </Figure>
        )}
      </dl>
      {report.failures.length > 0 && (
        <>
          <h3 className="mt-3 mb-1 text-xs font-medium text-ink-2">Why tasks failed</h3>
          <ol className="flex flex-col gap-1">
            {report.failures.map((failure) => (
              <li key={failure.first} className="flex gap-2 text-xs">
                <span className="w-8 shrink-0 text-right text-failing">{count(failure.tasks)}×</span>
                <span className="min-w-0 break-words">
                  {failure.error.message} <span className="text-ink-3">({failure.error.type})</span>
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Panel>
  );
}

function Verdict({ report }: { report: AfterAction }) {
  if (report.isMet === null) return null;
  return report.isMet ? (
    <Badge className="bg-healthy-mark/15 text-healthy">Enough tasks completed</Badge>
  ) : (
    <Badge className="bg-failing-mark/15 text-failing">Too few tasks completed</Badge>
  );
}

function countsOf(report: AfterAction): string {
  return PARTS.flatMap(([status]) =>
    report.byStatus[status] ? `${count(report.byStatus[status])} ${STATUSES[status].label.toLowerCase()}` : [],
  ).join(", ");
}

function Figure({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}
