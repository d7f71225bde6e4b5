import type { Slot } from "@/api/outlook";
import { cn } from "@/lib/cn";
import { useNarrow } from "@/lib/narrow";
import { useRoving } from "@/lib/keyboard/roving";
import { shortDay } from "@/lib/time/time";

import { HourCell, TriggerShare } from "./hour-cell";
import { byDay, level, MEASURES, type Measure, mostArrivals, short, unitOf } from "./measures";

/** A label of the day, and a column for each hour. */
export const WEEK_COLUMNS = "grid grid-cols-[3.2rem_repeat(24,minmax(0,1fr))] gap-[3px]";

interface WeekGridProps {
  slots: Slot[];
  most: number;
  measure: Measure;
}

export function WeekGrid({ slots, most, measure }: WeekGridProps) {
  const arrivals = mostArrivals(slots);
  const roving = useRoving(slots.length, 0);
  // 168 hours are too small to tap on a phone: there the week is a picture, and hours are selected in the day view.
  const narrow = useNarrow();
  const summary = `${shortDay(slots[0]?.start.slice(0, 10) ?? "")} and the next 6 days: up to ${short(most)} ${unitOf(measure, most)} per hour`;
  return (
    <div className="flex flex-col gap-[3px]" {...(narrow ? { role: "img", "aria-label": summary } : roving.row)}>
      {byDay(slots).map(([day, hours]) => (
        <div key={day} className={WEEK_COLUMNS}>
          <span className="text-2xs leading-[21px] text-ink-3">{shortDay(day)}</span>
          {hours.map((slot, index) => {
            const style = index === 0 ? { gridColumnStart: Number(slot.start.slice(11, 13)) + 2 } : undefined;
            const share = arrivals > 0 ? slot.expectedArrivals / arrivals : 0;
            return narrow ? (
              <PictureCell
                key={slot.start}
                value={MEASURES[measure].value(slot)}
                most={most}
                share={share}
                style={style}
              />
            ) : (
              <HourCell
                key={slot.start}
                slot={slot}
                most={most}
                measure={measure}
                className="relative h-[21px] overflow-hidden"
                stop={roving.item(slots.indexOf(slot))}
                style={style}
                triggerShare={share}
              />
            );
          })}
        </div>
      ))}
      <HourMarks />
    </div>
  );
}

/** The hours below the columns of a week, every third one. */
export function HourMarks() {
  return (
    <div className={`${WEEK_COLUMNS} text-center text-2xs text-ink-3`}>
      <span />
      {Array.from({ length: 24 }, (_, hour) => (
        <span key={hour} className={cn(hour % 3 !== 0 && "invisible")}>
          {String(hour).padStart(2, "0")}
        </span>
      ))}
    </div>
  );
}

interface PictureCellProps {
  value: number;
  most: number;
  /** The expected runs of triggers, as a share of the busiest hour. */
  share: number;
  className?: string;
  style: React.CSSProperties | undefined;
}

/** An hour without a number: its height repeats its shade, so that it does not depend on colour alone. */
export function PictureCell({ value, most, share, className = "h-[21px]", style }: PictureCellProps) {
  const shade = level(value, most);
  const background = `linear-gradient(to top, var(--heat-${shade}) ${shade * 20}%, var(--heat-0) 0)`;
  return (
    <span
      data-drawn
      className={cn("relative overflow-hidden rounded-[3px]", className)}
      style={{ ...style, background }}
    >
      <TriggerShare share={share} />
    </span>
  );
}
