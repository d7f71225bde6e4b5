import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { queueQuery } from "@/api/queue";
import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail, Queue } from "@/api/types";
import { When } from "@/components/labels";
import { count } from "@/lib/text/format";

import { Section } from "../section";
import { type Chosen, QueueDialog } from "./queue-dialog";
import { Keys } from "./keys";
import { QueueButtons } from "./queue-buttons";
import { WaitingRuns } from "./waiting-runs";

/** The runs that flow control holds, while there are any, and how to release or clear them. */
export function QueueSection({ automation }: { automation: AutomationDetail }) {
  const { data: queue } = useQuery(queueQuery(automation.slug));
  const { data: session } = useQuery(sessionQuery());
  const [chosen, choose] = useState<Chosen>();
  const onChoose = covers(session, "operate") ? choose : undefined;
  const dialog = chosen && <QueueDialog automation={automation} chosen={chosen} onClose={() => choose(undefined)} />;
  if (!queue || queue.waiting === 0) return dialog ?? null;
  const all = { selection: { all: true }, what: "waiting runs" };
  return (
    <Section title="Queue" action={onChoose && <QueueButtons of={all} suffix=" all" onChoose={onChoose} />}>
      <Figures queue={queue} isPaused={!automation.isActive} />
      {isKeyed(queue) && <Keys keys={queue.byKey} onChoose={onChoose} />}
      <WaitingRuns queue={queue} onChoose={onChoose} />
      {queue.waiting > queue.runs.length && (
        <p className="mt-1.5 text-xs">
          <Link to="/runs" search={{ automation: automation.slug, held: true }} className="text-accent hover:underline">
            Show all {count(queue.waiting)} waiting runs
          </Link>
        </p>
      )}
      {dialog}
    </Section>
  );
}

const isKeyed = ({ byKey }: Queue) => byKey.some((one) => one.key !== "");

const endsFreeSlots = ({ limits }: Queue) => Boolean(limits?.concurrency || limits?.singleton);

function Figures({ queue, isPaused }: { queue: Queue; isPaused: boolean }) {
  const next = isPaused ? "when resumed" : endsFreeSlots(queue) ? "when a run ends" : "—";
  return (
    <dl className="grid grid-cols-4 gap-2 max-[24rem]:grid-cols-2">
      <Figure label="Waiting">{count(queue.waiting)}</Figure>
      <Figure label="Running">{count(queue.running)}</Figure>
      <Figure label="Oldest">
        <When at={queue.oldestQueuedAt} />
      </Figure>
      <Figure label="Next start">
        {queue.nextAt && !isPaused ? <When at={queue.nextAt} /> : <span className="text-sm font-normal">{next}</span>}
      </Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="text-base font-semibold">{children}</dd>
    </div>
  );
}
