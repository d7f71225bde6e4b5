import type { Backfill } from "@/api/backfills";
import { count } from "@/lib/text/format";

import { doneOf } from "./words";

const PARTS = [
  { part: "completed", label: "completed", colour: "bg-healthy" },
  { part: "failed", label: "failed", colour: "bg-failing" },
  { part: "cancelled", label: "cancelled", colour: "bg-degrading" },
  { part: "skipped", label: "did not run", colour: "bg-line-strong" },
  { part: "underWay", label: "under way", colour: "bg-accent" },
] as const;

/** How many runs of a backfill have ended, and in which way. */
export function ProgressBar({ backfill }: { backfill: Backfill }) {
  const done = doneOf(backfill);
  const shown = PARTS.filter(({ part }) => backfill[part] > 0);
  return (
    <div className="min-w-0">
      <div
        role="progressbar"
        aria-label="Ended runs"
        aria-valuemin={0}
        aria-valuemax={backfill.total}
        aria-valuenow={done}
        className="flex h-2 overflow-hidden rounded-full bg-sunken"
      >
        {shown.map(({ part, colour }) => (
          <span key={part} className={colour} style={{ width: `${(100 * backfill[part]) / backfill.total}%` }} />
        ))}
      </div>
      <p className="mt-0.5 text-xs text-ink-2">
        {count(done)} of {count(backfill.total)}
        {shown.map(({ part, label }) => `, ${count(backfill[part])} ${label}`).join("")}
      </p>
    </div>
  );
}
