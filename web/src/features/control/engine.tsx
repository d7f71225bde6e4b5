import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";

import { sessionQuery } from "@/api/session";
import type { Control, TaskQueueHealth } from "@/api/types";
import { When } from "@/components/labels";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { relative } from "@/lib/time/time";

import { DEFINITIONS } from "./definitions";
import { Figure } from "./figure";
import { Panel } from "@/components/panel";

export const ENGINE = "engine";
const SWEEP = "podium-sweep";

/** Whether things will run: Temporal, its task queues, the sweep and open runs. */
export function Engine({ control: { engine } }: { control: Control }) {
  const { data: session } = useQuery(sessionQuery());
  const base = session?.temporalUrl ?? "";
  const up = engine.temporal === "ok";
  return (
    <Panel title="Engine" id={ENGINE}>
      <div className="grid grid-cols-2 gap-x-6 gap-y-0.5 sm:grid-cols-4">
        <Figure
          label="Temporal"
          definition={DEFINITIONS.temporal}
          address={base}
          outside
          className={up ? "text-healthy" : "whitespace-normal text-failing"}
        >
          {up ? "Answers" : engine.temporal}
        </Figure>
        <Figure
          label="Last sweep"
          definition={DEFINITIONS.sweep}
          address={`${base}/workflows?${new URLSearchParams({ query: `WorkflowId="${SWEEP}"` })}`}
          outside
        >
          <Ago at={engine.sweptAt} />
        </Figure>
        <Figure
          label="Queued"
          definition={DEFINITIONS.queued}
          address="/runs?status=queued&children=true"
          note={engine.oldestQueuedAt && <Oldest at={engine.oldestQueuedAt} />}
        >
          {count(engine.queuedRuns)}
        </Figure>
        <Figure
          label="Held"
          definition={DEFINITIONS.held}
          address="/runs?status=queued&held=true&children=true"
          note={engine.oldestHeldAt && <Oldest at={engine.oldestHeldAt} />}
        >
          {count(engine.heldRuns)}
        </Figure>
        <Figure label="Running" definition={DEFINITIONS.running} address="/runs?status=running&children=true">
          {count(engine.runningRuns)}
        </Figure>
        <Figure label="Waiting" definition={DEFINITIONS.waiting} address="/runs?status=waiting&children=true">
          {count(engine.waitingRuns)}
        </Figure>
        <Figure
          label="Stuck"
          definition={DEFINITIONS.stuck}
          address="/runs?status=stuck&children=true"
          className={engine.stuckRuns > 0 ? "text-failing" : ""}
        >
          {count(engine.stuckRuns)}
        </Figure>
      </div>
      {engine.queues.length > 0 && (
        <ul aria-label="Task queues" className="mt-2 border-t border-line pt-1.5 text-xs">
          {engine.queues.map((one) => (
            <Queue key={one.name} queue={one} base={base} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Queue({
  queue: { name, pollers, backlog, slots, slotsUsed },
  base,
}: {
  queue: TaskQueueHealth;
  base: string;
}) {
  const text = [
    `${plural(pollers, "poller")}: connections of workers that ask this queue for tasks.`,
    `${count(backlog)} waiting: tasks that no worker has taken, as Temporal estimates.`,
    slots > 0
      ? `${count(slotsUsed)} of ${plural(slots, "slot")}: activities that workers carry out now, and may at the same time.`
      : "No worker has reported slots for it within a minute.",
  ].join(" ");
  return (
    <li>
      <Tooltip text={text}>
        <a
          href={`${base}/task-queues/${encodeURIComponent(name)}`}
          target="_blank"
          rel="noreferrer"
          className="-mx-1.5 flex min-h-6 flex-wrap items-center gap-x-3 rounded px-1.5 hover:bg-sunken max-sm:py-1"
        >
          <span className="flex min-w-32 flex-1 items-center gap-1 max-sm:basis-full">
            {name} <ExternalLink className="size-3 text-ink-3" aria-hidden />
          </span>
          <span className={cn("w-18 sm:text-right", pollers === 0 && "font-medium text-failing")}>
            {plural(pollers, "poller")}
          </span>
          <span className={cn("w-18 sm:text-right", backlog === 0 && "text-ink-3")}>{count(backlog)} waiting</span>
          <span className="w-26 text-ink-3 sm:text-right">
            {slots > 0 ? `${count(slotsUsed)} of ${plural(slots, "slot")}` : "no slots"}
          </span>
        </a>
      </Tooltip>
    </li>
  );
}

function Ago({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) return <span className="text-failing">never</span>;
  return <time dateTime={at}>{relative(at, Math.max(now, Date.parse(at)))}</time>;
}

function Oldest({ at }: { at: string }) {
  return (
    <>
      oldest <When at={at} />
    </>
  );
}
