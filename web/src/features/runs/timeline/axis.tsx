import { duration } from "@/lib/time/time";

import { gridClass } from "./node-line";
import { type Domain, ticksOf } from "./scale";

/** The times above the bars, counted from the start of the run. */
export function Axis({ domain, origin }: { domain: Domain; origin: number }) {
  return (
    <div
      aria-hidden="true"
      className={`${gridClass} sticky top-12 z-10 h-6 border-b border-line bg-panel text-2xs text-ink-3`}
    >
      <span className="max-sm:hidden" />
      <div className="relative h-full">
        {ticksOf(domain, origin).map(({ x, since }) => (
          <span
            key={since}
            className="absolute inset-y-0 flex items-end border-l border-line pb-0.5 pl-1 whitespace-nowrap"
            style={
              x > 92
                ? { right: `${100 - x}%`, borderLeft: 0, borderRight: "1px solid var(--line)", paddingRight: 4 }
                : { left: `${x}%` }
            }
          >
            {since === 0 ? "0 s" : duration(since)}
          </span>
        ))}
      </div>
    </div>
  );
}
