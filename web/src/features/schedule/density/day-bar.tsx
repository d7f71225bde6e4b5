import type { Slot } from "@/api/outlook";
import { cn } from "@/lib/cn";
import { useRoving } from "@/lib/keyboard/roving";

import { HATCHED, HourCell } from "./hour-cell";
import { type Measure, mostArrivals, short } from "./measures";

interface DayBarProps {
  slots: Slot[];
  most: number;
  measure: Measure;
}

/** A day in one row; on a phone in two, so that each hour is large enough to tap. */
export function DayBar({ slots, most, measure }: DayBarProps) {
  const arrivals = mostArrivals(slots);
  const roving = useRoving(slots.length, 0);
  return (
    <div className="grid grid-cols-12 gap-[3px] sm:grid-cols-24" {...roving.row}>
      {slots.map((slot, index) => (
        <div key={slot.start} className="flex min-w-0 flex-col">
          <HourCell slot={slot} most={most} measure={measure} className="h-9 w-full" stop={roving.item(index)} />
          {arrivals > 0 && <Arrivals slot={slot} most={arrivals} />}
          <span className={cn("mt-0.5 text-center text-2xs text-ink-3", index === 0 && "font-medium text-ink")}>
            {index === 0 ? "now" : slot.start.slice(11, 13)}
          </span>
        </div>
      ))}
    </div>
  );
}

/** The expected runs of triggers, drawn apart from scheduled starts because they are uncertain. */
function Arrivals({ slot, most }: { slot: Slot; most: number }) {
  return (
    <div className="mt-[3px] flex h-2 items-end" title={`About ${short(slot.expectedArrivals)} expected from triggers`}>
      <div
        data-drawn
        className={`w-full rounded-[2px] ${HATCHED}`}
        style={{ height: `${(slot.expectedArrivals / most) * 100}%` }}
      />
    </div>
  );
}
