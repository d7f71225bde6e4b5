import type { BudgetDate, FlowFigures, WaitFigures } from "@/api/load";
import { count, money } from "@/lib/text/format";
import { dayAndTime, duration } from "@/lib/time/time";

/** "none", "12 s"; null where no run starts. */
export function waitText(ms: number | null): string {
  if (ms === null) return "—";
  return ms === 0 ? "none" : duration(ms);
}

/** What is dropped or folded of what arrives: "3 rate limited, 2 batched". */
export function droppedText({ skipped, folded, missed }: FlowFigures): string {
  const parts = Object.entries({ ...skipped, ...folded, ...(missed && { missed }) });
  return parts.map(([reason, number]) => `${count(number)} ${reason.replaceAll("_", " ")}`).join(", ") || "none";
}

/** "spent Thu, 10 Dec, 14:00", or that it lasts. */
export function budgetText(budget: BudgetDate | null, zone: string): string {
  if (!budget) return "none";
  return `${money(budget.limitUsd)}, ${budget.endsAt ? `spent ${dayAndTime(budget.endsAt, zone)}` : "lasts"}`;
}

/** One sentence on how long runs wait: "95 of 100 wait at most 3 m 0 s." */
export function waitsSentence({ runs, waited, p95Ms, stillWaiting }: WaitFigures): string {
  if (runs === 0) return "No run starts.";
  if (waited === 0) return "No run waits.";
  const left = stillWaiting > 0 ? ` ${count(stillWaiting)} still wait at the end.` : "";
  return `${count(waited)} of ${count(runs)} runs wait, 95 of 100 at most ${waitText(p95Ms)}.${left}`;
}
