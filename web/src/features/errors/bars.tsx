import type { ErrorGroupPage } from "@/api/types";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

interface BarsProps {
  counts: readonly number[];
  span: Pick<ErrorGroupPage, "from" | "sliceSeconds">;
  className?: string;
}

/** Runs by time; each bar says when and how many. */
export function Bars({ counts, span, className }: BarsProps) {
  const zone = useZone();
  const most = Math.max(...counts, 1);
  const begins = Date.parse(span.from);
  const total = counts.reduce((sum, one) => sum + one, 0);
  return (
    <span
      role="img"
      aria-label={`${plural(total, "run")}, at most ${most.toLocaleString("en-US")} within ${inHours(span.sliceSeconds)}`}
      className={cn("flex h-6 items-end gap-px", className)}
    >
      {counts.map((one, place) => (
        <span
          key={place}
          title={`${plural(one, "run")} from ${dayAndTime(new Date(begins + place * span.sliceSeconds * 1000).toISOString(), zone)}`}
          className="flex h-full min-w-px flex-1 items-end"
        >
          <span
            className={cn("w-full rounded-t-[1px]", one > 0 ? "bg-failing-mark" : "bg-line")}
            style={{ height: one > 0 ? `${Math.max((100 * one) / most, 8)}%` : "1px" }}
          />
        </span>
      ))}
    </span>
  );
}

const inHours = (seconds: number) => (seconds === 3600 ? "an hour" : plural(seconds / 3600, "hour"));
