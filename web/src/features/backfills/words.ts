import type { Again, Backfill, BackfillItem, BackfillKind, BackfillStatus, LeftOut } from "@/api/backfills";
import { reasonInWords } from "@/lib/words/reasons";

export const KINDS: Record<BackfillKind, string> = {
  backfill: "Backfill",
  catch_up: "Catch-up",
  rerun: "Rerun",
};

export const AGAIN: Record<Again, string> = {
  none: "Those without a run",
  failed: "Also those that failed or were cancelled",
  all: "All of them, also those that completed",
};

/** Why a due time or a run is left out. */
export const LEFT_OUT: Record<LeftOut, string> = {
  ran: "has run",
  failed: "has run and failed",
  cancelled: "has run and was cancelled",
  under_way: "is under way",
  may_start: "may still start by itself",
  missed: "missed; a backfill runs it",
  archived: "archived",
  too_many: "too many",
};

export const STATUSES: Record<BackfillStatus, { label: string; tone: string }> = {
  running: { label: "Running", tone: "text-accent" },
  paused: { label: "Paused", tone: "text-degrading" },
  completed: { label: "Ended", tone: "text-ink-2" },
  cancelled: { label: "Cancelled", tone: "text-ink-2" },
};

/** What a due time or run is until now: "no run", "missed (outage)", "failed". */
export function untilNow({ status, reason }: BackfillItem): string {
  if (!status) return "no run";
  return reason ? `${status} (${reasonInWords(reason)})` : status;
}

export const titleOf = ({ automation, kind }: Backfill) =>
  automation?.name ?? (kind === "rerun" ? "Selected runs" : "—");

export const doneOf = ({ total, pending, underWay }: Backfill) => total - pending - underWay;
