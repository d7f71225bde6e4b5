import { ArrowDown, ArrowRight, ArrowUp } from "lucide-react";

import type { MemberView, PulseDetails, RunOverview } from "@/api/types";
import { AgentLink } from "@/features/primitives/facts/fact";
import { cn } from "@/lib/cn";
import { count, money, percent, plural } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { CopyTime } from "../copy-time";
import { NotRecorded, Panel } from "../panel";
import { Values } from "../values/values";

type Report = NonNullable<PulseDetails["report"]>;

const ACTIONS: Record<NonNullable<MemberView["action"]>, string> = {
  promote: "Promote",
  demote: "Demote",
  keep: "Keep",
  wait: "Too few runs",
};

/** The ranking before and after, what was decided, and which capacities changed. */
export function PulseRun({ run, details }: { run: RunOverview; details: PulseDetails }) {
  return (
    <div className="flex flex-col gap-3">
      {details.report ? (
        <Found report={details.report} />
      ) : (
        <Panel title="Evaluation">
          <p className="text-ink-3">
            {details.collecting ?? (run.finishedAt ? "" : "It collects the runs of its members.")}{" "}
            {run.finishedAt && run.status === "completed" && (
              <NotRecorded>The rankings are not recorded: an older version of Podium ran this.</NotRecorded>
            )}
          </p>
        </Panel>
      )}
      <Values run={run} />
    </div>
  );
}

function Found({ report }: { report: Report }) {
  const changed = report.members.filter((member) => member.capacityAfter !== member.capacity);
  return (
    <>
      <Panel title="Report">
        <p className="break-words whitespace-pre-wrap">{report.goal}</p>
        <p className="mt-1 text-xs text-ink-2">
          {plural(report.finished, "run")} ended{" "}
          {report.since && (
            <>
              between <CopyTime at={report.since} /> and{" "}
            </>
          )}
          {!report.since && "until "}
          <CopyTime at={report.until} />;{" "}
          {report.successRate === null ? "none was judged" : `${percent(report.successRate)} completed`}
          {report.openRuns > 0 && `. ${plural(report.openRuns, "run")} still open, left to the next evaluation`}.
        </p>
      </Panel>
      <Panel
        title="Rankings"
        actions={
          !report.hasRankingBefore && (
            <span className="text-xs text-ink-3">The first evaluation: there was no ranking before</span>
          )
        }
      >
        <Rankings report={report} />
      </Panel>
      <Panel title="Capacity changes">
        {changed.length === 0 && <p className="text-ink-3">No capacity was changed.</p>}
        <ul className="flex flex-col gap-1">
          {changed.map((member) => (
            <li key={member.agent} className="flex flex-wrap items-center gap-x-2">
              <AgentLink slug={member.agent} />
              <Capacity member={member} />
              <span className="text-xs text-ink-3">{member.reason}</span>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

const RIGHT = "px-2 text-right whitespace-nowrap";

function Rankings({ report }: { report: Report }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Rankings">
      <table className="w-full min-w-[44rem] border-collapse">
        <thead>
          <tr className="border-b border-line text-left text-xs text-ink-3">
            <th className="pr-2 pb-1 font-normal">Place</th>
            <th className="px-2 pb-1 font-normal">Member</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Score</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Success</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Completed</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Failed</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Duration</th>
            <th className={cn(RIGHT, "pb-1 font-normal")}>Cost</th>
            <th className="px-2 pb-1 font-normal">Decision</th>
            <th className="pb-1 pl-2 font-normal">Capacity</th>
          </tr>
        </thead>
        <tbody>
          {report.members.map((member) => (
            <tr key={member.agent} className="border-b border-line last:border-b-0">
              <td className="py-1 pr-2 whitespace-nowrap">
                <Place member={member} compares={report.hasRankingBefore} />
              </td>
              <td className="px-2 whitespace-nowrap">
                <AgentLink slug={member.agent} />
                {member.weight !== 1 && <span className="text-xs text-ink-3"> weight {member.weight}</span>}
              </td>
              <td className={RIGHT}>
                {member.scoreBefore !== null && (
                  <span className="text-xs text-ink-3">{points(member.scoreBefore)} → </span>
                )}
                {member.score === null ? "—" : points(member.score)}
              </td>
              <td className={RIGHT}>{percent(member.successRate)}</td>
              <td className={RIGHT}>{count(member.completed)}</td>
              <td className={cn(RIGHT, member.failed > 0 && "text-failing")}>{count(member.failed)}</td>
              <td className={RIGHT}>{duration(member.meanDurationMs)}</td>
              <td className={RIGHT}>{member.completed + member.failed === 0 ? "—" : money(member.costUsd)}</td>
              <td className="px-2 whitespace-nowrap">{member.action ? ACTIONS[member.action] : "—"}</td>
              <td className="pl-2 whitespace-nowrap">
                <Capacity member={member} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The place now, and where it came from. */
function Place({ member: { place, placeBefore }, compares }: { member: MemberView; compares: boolean }) {
  if (place === null) return <>—</>;
  const rose = placeBefore !== null && placeBefore > place;
  const fell = placeBefore !== null && placeBefore < place;
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className="min-w-4 font-medium">{place}</span>
      {rose && <ArrowUp className="size-3.5 text-healthy" aria-hidden="true" />}
      {fell && <ArrowDown className="size-3.5 text-failing" aria-hidden="true" />}
      <span className="text-xs text-ink-3">
        {placeBefore === null ? (compares ? "new" : "") : placeBefore === place ? "as before" : `from ${placeBefore}`}
      </span>
    </span>
  );
}

function Capacity({ member: { capacity, capacityAfter } }: { member: MemberView }) {
  if (capacity === capacityAfter) return <>{capacity}</>;
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1 font-medium",
        capacityAfter > capacity ? "text-healthy" : "text-failing",
      )}
    >
      {capacity} <ArrowRight className="size-3.5" aria-label="to" /> {capacityAfter}
    </span>
  );
}

const points = (score: number) => (Number.isInteger(score) ? String(score) : score.toFixed(1));
