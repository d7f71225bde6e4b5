import { Link } from "@tanstack/react-router";

import type { HourLoad } from "@/api/outlook";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { useNow } from "@/lib/time/now";

type Sum = Pick<HourLoad, "fires" | "failed" | "byPrimitive">;

/** The number of fires by kind, where there are too many to show each. */
export function Kinds({ sum, className }: { sum: Sum; className?: string }) {
  return (
    <span className={cn("flex flex-wrap gap-x-2 gap-y-px text-2xs text-ink-2", className)}>
      {KIND_LIST.map((kind) => {
        const fires = sum.byPrimitive[kind] ?? 0;
        if (fires === 0) return null;
        const { icon: Icon, tint, label } = KINDS[kind];
        return (
          <span
            key={kind}
            className="inline-flex items-center gap-0.5"
            title={`${count(fires)} ${label.toLowerCase()}`}
          >
            <Icon className={cn("size-3", tint)} strokeWidth={2} aria-hidden />
            {count(fires)}
          </span>
        );
      })}
    </span>
  );
}

const HOUR_MS = 3_600_000;

/** An hour as one line; a past hour links to its runs, a coming one to the list of its starts. */
export function HourSum({ hour, wide }: { hour: HourLoad; wide: boolean }) {
  const now = useNow();
  if (hour.fires === 0) return null;
  const start = Date.parse(hour.start);
  const end = new Date(start + HOUR_MS).toISOString();
  const way =
    start + HOUR_MS <= now
      ? { to: "/runs", search: { from: hour.start, to: end } }
      : { to: "/", search: { hour: hour.start } };
  const told = `${hour.start.slice(11, 16)}: ${plural(hour.fires, "fire")}${hour.failed > 0 ? `, ${count(hour.failed)} failed` : ""}`;
  return (
    <Link
      {...way}
      title={`${told}. ${way.to === "/runs" ? "Show their runs" : "Show the automations that start in this hour"}`}
      aria-label={told}
      className="flex min-h-6 items-center gap-2 rounded-[3px] px-1 text-xs hover:bg-sunken"
    >
      <span className="font-medium">{count(hour.fires)}</span>
      {wide && <Kinds sum={hour} />}
      {hour.failed > 0 && <span className="ml-auto text-2xs text-failing">{count(hour.failed)} failed</span>}
    </Link>
  );
}
