import { dayIn, hourLabel, shortDay } from "@/lib/time/time";

import { short } from "../density/measures";
import { HourMarks, PictureCell, WEEK_COLUMNS } from "../density/week-grid";

const HOUR_MS = 3_600_000;

interface WeekPictureProps {
  label: string;
  /** Start of the first hour. */
  start: string;
  zone: string;
  /** One value for each hour. */
  values: readonly number[];
  /** The value that is drawn darkest, so that two pictures can be compared. */
  most: number;
}

/** A week as a picture: a row for each day, a cell for each hour. */
export function WeekPicture({ label, start, zone, values, most }: WeekPictureProps) {
  const days = new Map<string, { at: string; value: number }[]>();
  values.forEach((value, index) => {
    const at = Date.parse(start) + index * HOUR_MS;
    const day = dayIn(zone, at);
    days.set(day, [...(days.get(day) ?? []), { at: new Date(at).toISOString(), value }]);
  });
  const peak = Math.max(0, ...values);
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1 text-xs font-medium text-ink-2">{label}</figcaption>
      <div role="img" aria-label={`${label}: at most ${short(peak)} agent runs`} className="flex flex-col gap-[2px]">
        {[...days].map(([day, hours]) => (
          <div key={day} className={WEEK_COLUMNS}>
            <span className="text-2xs leading-[14px] text-ink-3">{shortDay(day)}</span>
            {hours.map(({ at, value }, index) => (
              <PictureCell
                key={at}
                value={value}
                most={most}
                share={0}
                className="h-[14px]"
                style={index === 0 ? { gridColumnStart: Number(hourLabel(at, zone)) + 2 } : undefined}
              />
            ))}
          </div>
        ))}
        <HourMarks />
      </div>
    </figure>
  );
}
