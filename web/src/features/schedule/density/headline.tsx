import { Flame, X } from "lucide-react";

import type { Density, Slot } from "@/api/outlook";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";
import { dayAndTime, shortDay } from "@/lib/time/time";

import { highestConcurrency } from "./measures";

const dayOf = (start: string) => shortDay(start.slice(0, 10));

interface BusiestHourProps {
  peak: NonNullable<Density["peak"]>;
  showDay: boolean;
}

/** The hour with the most starts; emphasised if there are so many that they should be spread out. */
export function BusiestHour({ peak, showDay }: BusiestHourProps) {
  const high = peak.band === "high";
  const verb = peak.starts === 1 ? "starts" : "start";
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1",
        high ? "rounded bg-unstable/12 px-1.5 py-0.5 text-xs font-medium text-unstable" : "text-ink-2",
      )}
      title="Busiest hour"
    >
      {high && <Flame className="size-3.5 shrink-0" />}
      {count(peak.starts)} {verb} at {peak.start.slice(11, 16)}
      {showDay && ` on ${dayOf(peak.start)}`} ({peak.kindsText})
    </span>
  );
}

export function HighestConcurrency({ slots, showDay }: { slots: readonly Slot[]; showDay: boolean }) {
  const slot = highestConcurrency(slots);
  if (!slot) return null;
  return (
    <span className="text-ink-2">
      Up to {count(slot.peakConcurrency)} running at once at {slot.start.slice(11, 16)}
      {showDay && ` on ${dayOf(slot.start)}`}
    </span>
  );
}

interface SelectedHourProps {
  hour: string;
  zone: string;
  listed: number | undefined;
  onClear: () => void;
}

export function SelectedHour({ hour, zone, listed, onClear }: SelectedHourProps) {
  return (
    <Button look="quiet" size="sm" className="bg-accent-soft text-accent" title="Show all hours" onClick={onClear}>
      Only {dayAndTime(hour, zone)}
      {listed !== undefined && `: ${plural(listed, "automation")}`}
      <X className="size-3.5" />
    </Button>
  );
}
