import type { RunNode, Span } from "@/api/types";

/** Steps of the axis, in milliseconds. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  [1, 2, 3, 6, 12].map((hours) => hours * 3_600_000),
  [1, 2, 5, 10, 20, 50, 100].map((days) => days * 86_400_000),
);
const TICKS = 6;

/** The time that the timeline shows, in milliseconds since 1970. */
export interface Domain {
  start: number;
  end: number;
}

const at = (instant: string) => Date.parse(instant);

/**
 * The time of a whole run. That of an open run ends at a round time ahead, so that bars move only now and then while
 * it goes on.
 */
export function domainOf(run: RunNode, now: number): Domain | null {
  if (!run.startedAt) return null;
  const start = at(run.startedAt);
  if (run.endedAt) return { start, end: Math.max(at(run.endedAt), start + 1) };
  const step = stepOf(Math.max(now - start, 1) * 1.05);
  return { start, end: start + step * Math.ceil((Math.max(now - start, 1) * 1.05) / step) };
}

/** The time of one node, with a little room on both sides. */
export function domainAround(node: RunNode, now: number): Domain | null {
  if (!node.startedAt) return null;
  const start = at(node.startedAt);
  const end = Math.max(node.endedAt ? at(node.endedAt) : now, start + 1);
  const room = (end - start) * 0.05;
  return { start: start - room, end: end + room };
}

function stepOf(length: number): number {
  return STEPS.find((step) => length / step <= TICKS) ?? length / TICKS;
}

export interface Tick {
  /** Position in percent. */
  x: number;
  /** Milliseconds since the start of the run. */
  since: number;
}

/** Round times since the start of the run, from `origin` on. */
export function ticksOf({ start, end }: Domain, origin: number): Tick[] {
  const step = stepOf(end - start);
  const first = Math.ceil((start - origin) / step) * step;
  const found: Tick[] = [];
  for (let since = first; since <= end - origin; since += step) {
    found.push({ x: percentOf(origin + since, { start, end }), since });
  }
  return found;
}

export function percentOf(instant: number, { start, end }: Domain): number {
  return Math.min(Math.max(((instant - start) / (end - start)) * 100, 0), 100);
}

export interface Bar {
  left: number;
  width: number;
  waits: boolean;
  goesOn: boolean;
}

/** The visible parts of spans, in percent; what lies outside of the time shown is left out. */
export function barsOf(spans: readonly Span[], domain: Domain, now: number): Bar[] {
  return spans.flatMap((span) => {
    const began = at(span.startedAt);
    const ended = Math.max(span.endedAt ? at(span.endedAt) : now, began);
    if (ended < domain.start || began > domain.end) return [];
    const left = percentOf(began, domain);
    return { left, width: percentOf(ended, domain) - left, waits: span.waitedFor !== null, goesOn: !span.endedAt };
  });
}
