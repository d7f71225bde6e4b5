import type { Span } from "@/api/types";
import { duration } from "@/lib/time/time";

type WaitedFor = NonNullable<Span["waitedFor"]>;

/** What a part of a run waited for, after "waited 4 s". */
export const WAITED_FOR: Record<WaitedFor, string> = {
  start: "to be started",
  slot: "for a free slot",
  decision: "for a decision",
  timer: "for its timer",
  retry: "before the next try",
  members: "for runs of its members",
};

/** "waited 4.0 s for a free slot, worked 2.5 s"; what goes on is counted up to now. */
export function spansInWords(spans: readonly Span[], now: number): string {
  const sums = new Map<string, number>();
  for (const { waitedFor, startedAt, endedAt } of spans) {
    const what = waitedFor ?? "";
    const length = Math.max(0, (endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt));
    sums.set(what, (sums.get(what) ?? 0) + length);
  }
  return [...sums]
    .map(([what, length]) =>
      what ? `waited ${duration(length)} ${WAITED_FOR[what as WaitedFor]}` : `worked ${duration(length)}`,
    )
    .join(", ");
}
