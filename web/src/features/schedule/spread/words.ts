import type { FixedReason, SpreadBecause, SpreadPlan } from "@/api/load";
import { plural } from "@/lib/text/format";

export const BECAUSE: Record<SpreadBecause, string> = {
  hour: "its hour is too full",
  minute: "its minute is too full",
  room: "makes room for another",
  back: "back towards its own time",
};

/** Why schedules stay, for several of them. */
export const STAYS: Record<FixedReason, string> = {
  no_slack: "may not be moved",
  declared: "belong to a declaration that does not allow moving them",
  paused: "are paused",
  slowed: "are slowed by their health policy",
  dependency: "depend on each other and are due close together",
  unreadable: "have a cron or time zone that cannot be read",
  no_place: "have no other time within their minutes",
};

/** "7 min later". */
export function shiftInWords(minutes: number): string {
  const size = Math.abs(minutes);
  const [hours, rest] = [Math.floor(size / 60), size % 60];
  const text = [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`].filter(Boolean).join(" ");
  return `${text} ${minutes < 0 ? "earlier" : "later"}`;
}

/** What applying or undoing a plan did, with what was due around that moment. */
export function outcome(plan: SpreadPlan, moved: string): string {
  const parts = [`${plural(plan.moves.length, "schedule")} ${moved}.`];
  const { runsTwice = [], skipsOnce = [] } = plan.changeover ?? {};
  if (runsTwice.length > 0) parts.push(`Due again shortly, though due just now: ${names(runsTwice)}.`);
  if (skipsOnce.length > 0) parts.push(`Not due this time, as the new time has passed: ${names(skipsOnce)}.`);
  return parts.join(" ");
}

const MOST_NAMED = 3;

function names(all: readonly { name: string }[]): string {
  const more = all.length - MOST_NAMED;
  const named = all.slice(0, MOST_NAMED).map((one) => one.name);
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
