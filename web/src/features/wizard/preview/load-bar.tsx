import type { HourAhead } from "@/api/types";
import { count, plural } from "@/lib/text/format";

const SHADES = 5;
const LABEL_EVERY = 6;

/** The starts in each of the next 24 hours: a shade for all of them, a bar above it for what the draft adds. */
export function LoadBar({ hours }: { hours: readonly HourAhead[] }) {
  const most = Math.max(1, ...hours.map((one) => one.others + one.added));
  const mostAdded = Math.max(1, ...hours.map((one) => one.added));
  const own = hours.reduce((sum, one) => sum + one.added, 0);
  const others = hours.reduce((sum, one) => sum + one.others, 0);
  return (
    <div
      role="img"
      aria-label={`Next 24 hours: ${plural(own, "start")} of this automation, ${count(others)} of others`}
    >
      <div className="grid h-5 grid-cols-[repeat(24,minmax(0,1fr))] items-end gap-[2px]">
        {hours.map((one) => (
          <span
            key={one.start}
            className="min-h-0 rounded-t-[2px] bg-accent"
            style={{ height: one.added ? `${Math.max(22, (one.added / mostAdded) * 100)}%` : 0 }}
          />
        ))}
      </div>
      <div className="mt-px grid grid-cols-[repeat(24,minmax(0,1fr))] gap-[2px]">
        {hours.map((one) => (
          <span
            key={one.start}
            title={`${one.start.slice(11, 16)}: ${count(one.others)} others${one.added ? `, ${count(one.added)} of this automation` : ""}`}
            className="h-3 rounded-[2px]"
            style={{ background: `var(--heat-${shadeOf(one.others + one.added, most)})` }}
          />
        ))}
      </div>
      <div aria-hidden className="mt-0.5 grid grid-cols-4 text-2xs text-ink-3">
        {hours
          .filter((_, index) => index % LABEL_EVERY === 0)
          .map((one) => (
            <span key={one.start}>{one.start.slice(11, 16)}</span>
          ))}
      </div>
    </div>
  );
}

const shadeOf = (value: number, most: number) => (value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * SHADES)));
