import type { WhatIfHour } from "@/api/load";
import { count, plural } from "@/lib/text/format";

const SHADES = 5;
const LABEL_EVERY = 6;
const COLUMNS = { gridTemplateColumns: "repeat(var(--hours), minmax(0, 1fr))" };
type Side = "before" | "after";

interface HourStripsProps {
  hours: readonly WhatIfHour[];
  /** What the sides are called. */
  names: Readonly<Record<Side, string>>;
}

/** The coming hours before and after: a shade for the starts of schedules, a bar above it for runs that wait. */
export function HourStrips({ hours, names }: HourStripsProps) {
  const most = Math.max(1, ...hours.flatMap((one) => [one.before.starts, one.after.starts]));
  const mostWaiting = Math.max(0, ...hours.flatMap((one) => [one.before.waiting ?? 0, one.after.waiting ?? 0]));
  return (
    <figure className="flex flex-col gap-1" style={{ "--hours": hours.length } as never}>
      {(["before", "after"] as const).map((side) => (
        <Strip key={side} name={names[side]} side={side} hours={hours} most={most} mostWaiting={mostWaiting} />
      ))}
      <div aria-hidden className="grid text-2xs text-ink-3" style={COLUMNS}>
        {hours
          .filter((_, index) => index % LABEL_EVERY === 0)
          .map((one) => (
            <span key={one.start} className="col-span-6 last:overflow-hidden">
              {one.start.slice(11, 16)}
            </span>
          ))}
      </div>
      <figcaption className="text-2xs text-ink-3">
        Shade: schedules that start. {mostWaiting > 0 && `Bar: runs that wait, at most ${count(mostWaiting)}.`}
      </figcaption>
    </figure>
  );
}

interface StripProps {
  name: string;
  side: Side;
  hours: readonly WhatIfHour[];
  most: number;
  mostWaiting: number;
}

function Strip({ name, side, hours, most, mostWaiting }: StripProps) {
  const starts = hours.reduce((sum, one) => sum + one[side].starts, 0);
  const waiting = Math.max(0, ...hours.map((one) => one[side].waiting ?? 0));
  return (
    <div>
      <p className="text-2xs text-ink-3">{name}</p>
      <div role="img" aria-label={`${name}: ${plural(starts, "start")}, at most ${count(waiting)} waiting`}>
        {mostWaiting > 0 && (
          <div className="grid h-4 items-end gap-[2px]" style={COLUMNS}>
            {hours.map((one) => (
              <span
                key={one.start}
                className="min-h-0 rounded-t-[2px] bg-accent"
                style={{ height: barHeight(one[side].waiting ?? 0, mostWaiting) }}
              />
            ))}
          </div>
        )}
        <div className="mt-px grid gap-[2px]" style={COLUMNS}>
          {hours.map((one) => (
            <span
              key={one.start}
              title={`${one.start.slice(11, 16)}: ${plural(one[side].starts, "start")}, ${waitingText(one[side].waiting)}`}
              className="h-3 rounded-[2px]"
              style={{ background: `var(--heat-${shadeOf(one[side].starts, most)})` }}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

const barHeight = (value: number, most: number) => (value ? `${Math.max(15, (value / most) * 100)}%` : 0);
const shadeOf = (value: number, most: number) => (value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * SHADES)));
const waitingText = (waiting: number | null) => (waiting === null ? "not simulated" : `${count(waiting)} waiting`);
