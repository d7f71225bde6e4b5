import type { RunNode } from "@/api/types";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { clock } from "@/lib/time/time";
import { spansInWords } from "@/lib/words/spans";
import { STATUSES } from "@/lib/words/statuses";

import { barsOf, type Domain, percentOf } from "./scale";

const WORK: Partial<Record<RunNode["status"], string>> = {
  completed: "bg-healthy-mark",
  failed: "bg-failing-mark",
  stuck: "bg-failing-mark",
  running: "bg-running",
  waiting: "bg-running",
};

/** When a node waited (hatched) and worked (solid), with a tick at each further attempt. */
export function SpanBar({ node, domain, now }: { node: RunNode; domain: Domain; now: number }) {
  const zone = useZone();
  const color = WORK[node.status] ?? "bg-line-control";
  const text = spansInWords(node.spans, now);
  const from = node.startedAt ? clock(node.startedAt, zone) : "";
  const to = node.endedAt ? clock(node.endedAt, zone) : "now";
  const said = text && `${STATUSES[node.status].label}: ${text}; ${from} to ${to}`;
  return (
    <div role="img" aria-label={said || STATUSES[node.status].label} title={said} className="relative h-3.5">
      {barsOf(node.spans, domain, now).map((bar, index) => (
        <span
          key={index}
          data-drawn
          className={cn(
            "absolute inset-y-0 min-w-[3px]",
            bar.waits ? "border border-line-control hatched" : color,
            bar.goesOn ? "rounded-l-[3px] border-r-0" : "rounded-[3px]",
          )}
          style={{ left: `min(${bar.left}%, 100% - 3px)`, width: `${bar.width}%` }}
        />
      ))}
      {node.attempts
        .slice(1)
        .map(
          (attempt) =>
            attempt.startedAt &&
            isInside(attempt.startedAt, domain) && (
              <span
                key={attempt.number}
                data-drawn
                title={`Attempt ${attempt.number}, ${clock(attempt.startedAt, zone)}${attempt.error ? `: ${attempt.error.message}` : ""}`}
                className="absolute -inset-y-0.5 w-0.5 bg-ink"
                style={{ left: `${percentOf(Date.parse(attempt.startedAt), domain)}%` }}
              />
            ),
        )}
    </div>
  );
}

const isInside = (instant: string, { start, end }: Domain) =>
  Date.parse(instant) >= start && Date.parse(instant) <= end;
