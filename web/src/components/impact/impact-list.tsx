import { TriangleAlert } from "lucide-react";

import type { Impact, ImpactedAutomation } from "@/api/types";
import { count, money, plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { relative } from "@/lib/time/time";

/** More names are not readable. */
const MOST_NAMED = 50;

interface ImpactListProps {
  impact: Impact;
  /** The open runs of what is changed. */
  running?: number;
  /** How what is changed is called. */
  what?: "It" | "They";
  /** Whether to tell of its own fires; those of a primitive are told with its automations. */
  own?: boolean;
}

/** What a change touches: who loses fires, who depends on it, and who shares an agent and goes on. */
export function ImpactList({ impact, running = 0, what = "It", own = true }: ImpactListProps) {
  const touched = impact.automations.filter(({ effect }) => effect !== "shares");
  const shared = impact.automations.filter(({ effect }) => effect === "shares");
  const more = Math.max(touched.length - MOST_NAMED, 0) + impact.automationsLeftOut;
  return (
    <div className="flex flex-col gap-2.5 text-ink-2">
      {touched.length > 0 && (
        <ul
          aria-label="What it touches"
          className="flex max-h-72 flex-col divide-y divide-line overflow-y-auto rounded-md border border-line"
        >
          {touched.slice(0, MOST_NAMED).map((one) => (
            <Touched key={one.id} one={one} />
          ))}
          {more > 0 && <li className="px-2.5 py-1.5 text-ink-3">and {plural(more, "more automation")}</li>}
        </ul>
      )}
      {touched.length === 0 && <p>Nothing depends on {what === "It" ? "it" : "them"}.</p>}
      {[...byText(impact.primitives.slice(0, MOST_NAMED))].map(([text, names]) => (
        <p key={text}>
          {names.join(", ")}: {text}.
        </p>
      ))}
      {own && <Own impact={impact} what={what} />}
      {running > 0 && <p>{plural(running, "run")} in progress will continue.</p>}
      {shared.length > 0 && (
        <p className="text-xs text-ink-3">
          Not affected, although {shared.length === 1 ? "it uses" : "they use"} the same agent:{" "}
          {shared
            .slice(0, MOST_NAMED)
            .map(({ name }) => name)
            .join(", ")}
          {shared.length > MOST_NAMED && ` and ${count(shared.length - MOST_NAMED)} more`}.
        </p>
      )}
    </div>
  );
}

function Touched({ one }: { one: ImpactedAutomation }) {
  const now = useNow();
  const { lost, due } = one;
  const facts = [
    ...(one.isActive ? [] : ["paused"]),
    ...(lost.withinWeek > 0
      ? [`loses ${one.effect === "not_fired" ? "up to " : ""}${frequency(lost, "fire")}`]
      : due.nextAt
        ? [`due ${relative(due.nextAt, now)}`, `${count(due.withinWeek)} in 7 days`]
        : []),
    ...(Number(one.estMonthlyCost ?? 0) > 0 ? [`${money(one.estMonthlyCost)} a month`] : []),
  ];
  return (
    <li className="flex gap-2 px-2.5 py-1.5">
      <TriangleAlert
        aria-hidden
        className={one.isActive ? "mt-0.5 size-3.5 shrink-0 text-unstable" : "mt-0.5 size-3.5 shrink-0 text-ink-3"}
      />
      <span className="min-w-0">
        <span className="font-medium text-ink">{one.name}</span> {one.text}
        {facts.length > 0 && <span className="block text-xs text-ink-3">{facts.join(" · ")}</span>}
      </span>
    </li>
  );
}

function Own({ impact, what }: { impact: Impact; what: "It" | "They" }) {
  const now = useNow();
  const { due, estMonthlyCost } = impact;
  if (!due.nextAt || due.withinWeek === 0) return null;
  const saves = estMonthlyCost && Number(estMonthlyCost) > 0 ? `, about ${money(estMonthlyCost)} a month` : "";
  return (
    <p>
      {what} would fire {frequency(due, "time")}
      {saves}; the next time {relative(due.nextAt, now)}.
    </p>
  );
}

const frequency = ({ withinDay, withinWeek }: { withinDay: number; withinWeek: number }, unit: string) =>
  `${plural(withinDay, unit)} in 24 h and ${count(withinWeek)} in 7 days`;

/** The names of primitives by what connects them. */
function byText(primitives: Impact["primitives"]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, text } of primitives) found.set(text, [...(found.get(text) ?? []), name]);
  return found;
}
