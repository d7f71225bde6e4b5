import { Link } from "@tanstack/react-router";

import type { AuditItem } from "@/api/types";
import { When } from "@/components/labels";
import { useZone } from "@/lib/preferences";
import { dayAndTime } from "@/lib/time/time";

import { ChangeLines } from "../automation/activity/activity";
import { actionLabel } from "../automation/activity/changes";

const TYPES: Record<string, string> = {
  automation: "automation",
  primitive: "primitive",
  run: "run of",
  key: "API key",
  error: "error",
  backfill: "selected runs",
};

/** Verbs that differ when the subject follows. */
const OBJECTS: Record<string, string> = {
  "dependency.created": "Added a dependency of",
  "dependency.removed": "Removed a dependency of",
  "callback.refused": "Refused the callback of the",
  "schedule.drift": "Found drift in the schedule of",
  "health.alert": "Sent an alert about",
  "health.probe_passed": "Completed a probe of",
  "health.probe_failed": "Failed a probe of",
  "stats.repaired": "Corrected the statistics of",
  "backfill.started": "Started a backfill of",
  "backfill.paused": "Paused a backfill of",
  "backfill.resumed": "Resumed a backfill of",
  "backfill.cancelled": "Cancelled a backfill of",
  "backfill.changed": "Changed a backfill of",
  "backfill.ended": "Ended a backfill of",
};

interface ActivityListProps {
  items: readonly AuditItem[];
  onActor: (name: string) => void;
}

export function ActivityList({ items, onActor }: ActivityListProps) {
  return (
    <ol aria-label="Activity, newest first">
      {items.map((item) => (
        <Row key={item.id} item={item} onActor={onActor} />
      ))}
    </ol>
  );
}

function Row({ item, onActor }: { item: AuditItem; onActor: (name: string) => void }) {
  const zone = useZone();
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 border-b border-line px-3 py-2 last:border-b-0">
      <When at={item.at} text={dayAndTime(item.at, zone)} className="w-32 shrink-0 text-xs text-ink-3" />
      <div className="min-w-0 flex-1 basis-64 break-words">
        <p>
          {OBJECTS[item.action] ?? actionLabel(item.action, item.after)} <Subject item={item} />{" "}
          <span className="text-ink-3">by</span>{" "}
          <button
            type="button"
            title={`Show only what ${item.actor} did`}
            className="min-h-6 hover:underline"
            onClick={() => onActor(item.actor)}
          >
            {item.actor}
          </button>
        </p>
        {item.reason && <p className="text-xs text-ink-2">{item.reason}</p>}
        <ChangeLines item={item} />
      </div>
    </li>
  );
}

const LINK = "font-medium text-accent hover:underline";

/** The subject, linked if it has a page. */
function Subject({ item: { subject } }: { item: AuditItem }) {
  const name = subject.name ?? subject.slug ?? subject.id;
  if (!name) return null;
  return (
    <>
      <span className="text-ink-3">{TYPES[subject.type] ?? subject.type}</span> <Name subject={subject} name={name} />
    </>
  );
}

function Name({ subject: { type, id, kind, slug }, name }: { subject: AuditItem["subject"]; name: string }) {
  if (type === "automation" && id) {
    return (
      <Link to="." search={(now: Record<string, unknown>) => ({ ...now, open: slug ?? id }) as never} className={LINK}>
        {name}
      </Link>
    );
  }
  if (type === "primitive" && kind && slug) {
    return (
      <Link to="/primitives/$kind/$slug" params={{ kind, slug }} className={LINK}>
        {name}
      </Link>
    );
  }
  if (type === "run" && id) {
    return (
      <Link to="/runs/$id" params={{ id }} className={LINK}>
        {name}
      </Link>
    );
  }
  return <span className="font-medium">{name}</span>;
}
