import type { Budget } from "@/api/types";
import { money } from "@/lib/text/format";
import { dayOnly } from "@/lib/time/time";

/** The day on which a budget will be spent, or what the month comes to. */
export function Ends({ budget: { outlook, state, action } }: { budget: Budget }) {
  const { endsOn, endsOnP90, endsOnAtPace, monthEndUsd, monthEndP90Usd, unknownAutomations } = outlook;
  const note = [
    `Month end: ${money(monthEndUsd)}, or ${money(monthEndP90Usd)} if every run costs as much as the 90th percentile.`,
    endsOnP90 && endsOnP90 !== endsOn && `At the 90th percentile: ${dayOnly(endsOnP90)}.`,
    endsOnAtPace ? `At this month's pace: ${dayOnly(endsOnAtPace)}.` : "At this month's pace it lasts.",
    unknownAutomations > 0 && `${unknownAutomations} automations without cost data are not included.`,
  ]
    .filter(Boolean)
    .join(" ");
  return (
    <span title={note} className="flex min-w-0 flex-col">
      {state === "spent" && action === "stop" ? (
        <span className="font-medium text-failing">Spent</span>
      ) : endsOn ? (
        <span className="font-medium text-degrading">Ends {dayOnly(endsOn)}</span>
      ) : (
        <span>Lasts the month</span>
      )}
      <span className="truncate text-xs text-ink-3">
        {money(monthEndUsd)} at month end
        {endsOnAtPace && endsOnAtPace !== endsOn && `; by pace ${dayOnly(endsOnAtPace)}`}
      </span>
    </span>
  );
}
