import { ChevronRight } from "lucide-react";

import type { WhatIf } from "@/api/load";
import { count, plural } from "@/lib/text/format";
import { dayAndTime, dayIn, dayOfMonth } from "@/lib/time/time";

const MOST_TOLD = 5;

/** What the figures rest on: measured when and how often, assumed, and not covered. */
export function Basis({ found, zone }: { found: WhatIf; zone: string }) {
  const { basis, automations } = found;
  const told = automations.filter((one) => one.edited).slice(0, MOST_TOLD);
  return (
    <details className="group text-xs text-ink-2">
      <summary className="flex w-fit cursor-pointer items-center gap-1 rounded text-ink-3 hover:text-ink">
        <ChevronRight aria-hidden className="-ml-0.5 size-3.5 group-open:rotate-90" />
        {summary(found, zone)}
      </summary>
      <ul aria-label="What this rests on" className="mt-1 flex flex-col gap-1 [overflow-wrap:anywhere]">
        <li>
          Simulated: {plural(basis.simulated, "automation")}, until {dayAndTime(basis.simulatedTo, zone)}. All others
          wait as before.
        </li>
        {told.map((one) => (
          <li key={one.automation?.id ?? one.name}>
            {automations.length > 1 && <span className="font-medium">{one.name}: </span>}
            {one.basis.text}
          </li>
        ))}
        {basis.assumed.map((text) => (
          <li key={text}>
            <span className="font-medium">Assumed for</span> {text}.
          </li>
        ))}
        {basis.notes.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}

function summary({ basis }: WhatIf, zone: string): string {
  const { runs, deliveries, measuredFrom: from, measuredTo: to } = basis;
  const parts = [
    runs > 0 && plural(runs, "measured run"),
    runs > 0 && from && to && daysText(from, to, zone),
    deliveries > 0 && `${count(deliveries)} deliveries`,
    basis.assumed.length > 0 && `${plural(basis.assumed.length, "automation")} with assumptions`,
  ].filter(Boolean);
  return parts.length > 0 ? `Rests on ${parts.join(", ")}` : "Rests on no measured runs";
}

function daysText(from: string, to: string, zone: string): string {
  const [first = "", last = ""] = [from, to].map((at) => dayOfMonth(dayIn(zone, Date.parse(at))));
  return first === last ? first : `${first} to ${last}`;
}
