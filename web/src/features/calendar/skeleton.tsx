import { cn } from "@/lib/cn";

import type { View } from "./dates";

const WEEKS = 6;
const HOURS_DRAWN = 12;
/** The cells with a placeholder block: about a third, irregular. */
const filled = (place: number) => (place * 7) % 10 < 4;

/** The empty grid while loading; only the placeholder blocks are animated. */
export function CalendarSkeleton({ view }: { view: View }) {
  const columns = view === "day" ? 1 : 7;
  const rows = view === "month" ? WEEKS : HOURS_DRAWN;
  const hours = view === "month" ? "" : "3rem ";
  return (
    <div
      role="status"
      aria-busy="true"
      aria-label="Loading"
      className="overflow-hidden rounded-lg border border-line bg-panel"
    >
      {Array.from({ length: rows + 1 }, (_, row) => (
        <div
          key={row}
          className={cn(
            "grid border-b border-line last:border-b-0",
            row === 0 ? "h-8" : view === "month" ? "h-16 sm:h-28" : "h-14",
          )}
          style={{ gridTemplateColumns: `${hours}repeat(${columns}, minmax(0, 1fr))` }}
        >
          {hours && <span />}
          {Array.from({ length: columns }, (__, column) => (
            <div key={column} className={cn("p-1.5", (hours || column > 0) && "border-l border-line")}>
              {row === 0 ? (
                <div className="mx-auto mt-0.5 h-3 w-12 max-w-full breathe rounded bg-line" />
              ) : (
                filled(row * columns + column) && <div className="h-5 breathe rounded-[3px] bg-line" />
              )}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
