import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";

import type { CampaignDetails, MissionView, RunOverview, StepStatus, TaskView } from "@/api/types";
import { StatusLabel } from "@/components/labels";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";
import { STATUSES } from "@/lib/words/statuses";

import { SkipTask } from "../actions/skip-task";
import { CostText } from "../cost-text";
import { NotRecorded, Panel } from "../panel";
import { Values } from "../values/values";
import { Report } from "./campaign-report";
import { PartLink, Took, Tries } from "./part-cells";

/** Missions and their tasks, what each mission cost, and the after-action report. */
export function CampaignRun({ run, details }: { run: RunOverview; details: CampaignDetails }) {
  const canSkip = run.signals.includes("skip_task");
  return (
    <div className="flex flex-col gap-3">
      <Panel title="Objective">
        <p className="break-words whitespace-pre-wrap">{details.objective ?? <NotRecorded />}</p>
        {details.planner && (
          <p className="mt-1.5 flex flex-wrap items-center gap-x-3 text-xs">
            <PartLink part={details.planner} name={`Planned by ${details.planner.name}`} />
            <StatusLabel status={details.planner.status} />
            <span className="text-ink-3">
              <Took part={details.planner} />, <CostText cost={details.planner.cost} short />
            </span>
          </p>
        )}
      </Panel>
      {details.report && <Report run={run} details={details} report={details.report} />}
      <Panel title="Missions">
        {details.missions.length === 0 && <p className="text-ink-3">No missions yet.</p>}
        <ol className="flex flex-col">
          {details.missions.map((mission) => (
            <Mission key={mission.path} run={run} mission={mission} canSkip={canSkip} />
          ))}
        </ol>
      </Panel>
      <Values run={run} />
    </div>
  );
}

const MISSION_GRID =
  "grid grid-cols-[minmax(0,1fr)_auto_auto] items-start gap-x-4 gap-y-0.5 md:grid-cols-[minmax(0,14rem)_8rem_minmax(0,1fr)_4.5rem_5.5rem]";

function Mission({ run, mission, canSkip }: { run: RunOverview; mission: MissionView; canSkip: boolean }) {
  const [open, setOpen] = useState(false);
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <li className="border-b border-line py-1.5 last:border-b-0">
      <div className={MISSION_GRID}>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2.5 leading-6">
          <button
            type="button"
            aria-expanded={open}
            className="inline-flex min-h-6 max-w-full min-w-0 items-center gap-1 font-medium hover:text-accent"
            onClick={() => setOpen(!open)}
          >
            <Icon className="size-3.5 shrink-0 text-ink-3" /> <span className="truncate">{mission.name}</span>
          </button>
          <StatusLabel status={mission.status} />
        </span>
        <span className="text-xs leading-6 text-ink-3 max-md:order-1 max-md:col-span-3">
          {countsInWords(mission.byStatus)}
        </span>
        <Squares tasks={mission.tasks} />
        <span className="text-right text-xs leading-6 text-ink-2">
          <Took part={mission} />
        </span>
        <span className="text-right text-xs leading-6 text-ink-2">
          <CostText cost={mission.cost} short />
        </span>
      </div>
      {open && (
        <ol className="mt-1.5 ml-1.5 border-l border-line pl-3">
          {mission.tasks.map((task) => (
            <TaskLine key={task.path} run={run} mission={mission} task={task} canSkip={canSkip} />
          ))}
        </ol>
      )}
    </li>
  );
}

const SQUARES: Partial<Record<StepStatus, string>> = {
  completed: "border-transparent bg-healthy-mark",
  failed: "border-transparent bg-failing-mark",
  running: "border-running bg-running/30 breathe",
  waiting: "border-running bg-running/30",
  cancelled: "border-transparent bg-line-control",
  skipped: "border-dashed border-line-control",
  pending: "border-line-control",
};

/** Large enough to be hit with a finger. */
const SQUARE_AREA = "flex size-6 items-center justify-center rounded hover:bg-sunken";

/** One square for each task; it leads to the run of the task. */
function Squares({ tasks }: { tasks: readonly TaskView[] }) {
  return (
    <ul className="flex flex-wrap max-md:order-2 max-md:col-span-3" aria-label="Tasks">
      {tasks.map((task) => {
        const title = `${task.name}: ${STATUSES[task.status].label}${task.error ? `, ${task.error.message}` : ""}`;
        const square = <span data-drawn className={cn("size-4 rounded-[3px] border", SQUARES[task.status])} />;
        return (
          <li key={task.path}>
            {task.runId ? (
              <Link to="/runs/$id" params={{ id: task.runId }} title={title} aria-label={title} className={SQUARE_AREA}>
                {square}
              </Link>
            ) : (
              <span role="img" title={title} aria-label={title} className={SQUARE_AREA}>
                {square}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface TaskLineProps {
  run: RunOverview;
  mission: MissionView;
  task: TaskView;
  canSkip: boolean;
}

function TaskLine({ run, mission, task, canSkip }: TaskLineProps) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 py-0.5">
      <span className="w-24 shrink-0">
        <StatusLabel status={task.status} />
      </span>
      <span className="min-w-0 truncate">
        <PartLink part={task} />
      </span>
      <Tries part={task} />
      <span className="text-xs text-ink-3">{task.agent}</span>
      {task.error && <span className="min-w-0 text-xs break-words text-failing">{task.error.message}</span>}
      <span className="flex-1" />
      {canSkip && task.status === "pending" && <SkipTask runId={run.id} mission={mission.name} task={task.name} />}
      <span className="text-xs text-ink-2">
        <Took part={task} />
      </span>
      <span className="min-w-14 text-right text-xs text-ink-3">
        {task.cost.calls + task.cost.unknown > 0 && <CostText cost={task.cost} short />}
      </span>
    </li>
  );
}

function countsInWords(counts: MissionView["byStatus"]): string {
  const total = Object.values(counts).reduce((sum, one) => sum + (one ?? 0), 0);
  const others = (["failed", "running", "pending", "skipped", "cancelled"] as const).flatMap((status) =>
    counts[status] ? `${count(counts[status])} ${status}` : [],
  );
  return [plural(total, "task"), ...others].join(", ");
}
