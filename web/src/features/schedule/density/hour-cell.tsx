import type { Slot } from "@/api/outlook";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import type { useRoving } from "@/lib/keyboard/roving";
import { dayAndTime } from "@/lib/time/time";

import { useScheduleSearch } from "../filters";
import { HourTooltip } from "./hour-tooltip";
import { level, MEASURES, type Measure, short, unitOf } from "./measures";

export const HATCHED = "bg-[repeating-linear-gradient(135deg,var(--line-control)_0_2px,transparent_2px_4px)]";
const DARK_SHADE = 4;

interface HourCellProps {
  slot: Slot;
  most: number;
  measure: Measure;
  className: string;
  /** Includes it in arrow-key navigation. */
  stop: ReturnType<ReturnType<typeof useRoving>["item"]>;
  /** The expected runs of triggers, as a share of the busiest hour. */
  triggerShare?: number;
  style?: React.CSSProperties | undefined;
}

/** An hour of the bar: a click lists what starts in it, a second click lists everything again. */
export function HourCell({ slot, most, measure, className, stop, triggerShare = 0, style }: HourCellProps) {
  const zone = useZone();
  const [search, change] = useScheduleSearch();
  const value = MEASURES[measure].value(slot);
  const shade = level(value, most);
  const pressed = search.hour === slot.start;
  return (
    <Tooltip side="bottom" text={<HourTooltip slot={slot} zone={zone} />}>
      <button
        type="button"
        {...stop}
        data-heat
        aria-pressed={pressed}
        aria-label={`${dayAndTime(slot.start, zone)}: ${short(value)} ${unitOf(measure, value)}`}
        onClick={() => change({ hour: pressed ? undefined : slot.start })}
        style={{ background: `var(--heat-${shade})`, ...style }}
        className={cn(
          "rounded-[3px] text-2xs hover:ring-1 hover:ring-accent",
          shade >= DARK_SHADE
            ? "text-white dark:text-black"
            : shade === DARK_SHADE - 1
              ? "text-black dark:text-white"
              : "text-ink-2",
          shade === 0 && "text-ink-3",
          pressed && "outline-2 outline-offset-1 outline-ink",
          className,
        )}
      >
        {value > 0 && <span>{short(value)}</span>}
        <TriggerShare share={triggerShare} />
      </button>
    </Tooltip>
  );
}

/** The expected runs of triggers, at the bottom edge of a cell without room below. */
export function TriggerShare({ share }: { share: number }) {
  if (share <= 0) return null;
  return (
    <span
      aria-hidden
      data-arrivals
      data-drawn
      className="absolute bottom-0 left-0 h-[4px] bg-[repeating-linear-gradient(135deg,var(--ink-3)_0_1px,transparent_1px_3px)]"
      style={{ width: `${share * 100}%` }}
    />
  );
}
