import type { Slot } from "@/api/outlook";
import { count, plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import { short, unitOf } from "./measures";

const MOST_NAMED = 14;

/** The starts of an hour, by kind and by name. */
export function HourTooltip({ slot, zone }: { slot: Slot; zone: string }) {
  const named = firstNamed(slot);
  const left = slot.automations.length - named.length + slot.automationsLeftOut;
  return (
    <div className="flex min-w-48 flex-col gap-1 py-0.5">
      <p className="font-medium">{dayAndTime(slot.start, zone)}</p>
      <p className="text-ink-2">
        {plural(slot.starts, "start")}, {short(slot.weightedStarts)} {unitOf("weighted", slot.weightedStarts)}, up to{" "}
        {count(slot.peakConcurrency)} running at once
      </p>
      {slot.kindsText && <p className="text-ink-2">{slot.kindsText}</p>}
      <ul>
        {named.map((one) => (
          <li key={one.id} className="flex gap-2">
            <span className="flex-1 truncate">{one.name}</span>
            {one.count > 1 && <span className="text-ink-3">{count(one.count)}×</span>}
          </li>
        ))}
        {left > 0 && <li className="text-ink-3">and {count(left)} more</li>}
      </ul>
      {slot.expectedArrivals > 0 && (
        <p className="text-ink-3">About {short(slot.expectedArrivals)} expected from triggers, based on past weeks</p>
      )}
    </div>
  );
}

/** "and 1 more" takes as much room as the name, so a single one is always named. */
function firstNamed({ automations, automationsLeftOut }: Slot): Slot["automations"] {
  const total = automations.length + automationsLeftOut;
  return total === MOST_NAMED + 1 ? automations : automations.slice(0, MOST_NAMED);
}
