import { ChevronRight } from "lucide-react";

import type { TrendDay } from "@/api/types";
import { cn } from "@/lib/cn";
import { money, percent } from "@/lib/text/format";
import { SEVERITIES } from "@/lib/words/severity";
import { dayOnly, duration } from "@/lib/time/time";

import { others } from "./figures";

const NUMBER = "py-0.5 pl-2 text-right font-normal";
const FROM_SM = "hidden sm:table-cell";

/** The figures as a table, latest day first, without empty days. */
export function TrendTable({ days }: { days: readonly TrendDay[] }) {
  return (
    <details className="group mt-1.5 text-xs">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1 text-ink-2 hover:text-ink">
        <ChevronRight className="size-3 transition-transform group-open:rotate-90" /> Show as table
      </summary>
      <table className="mt-1 w-full">
        <thead className="text-ink-3">
          <tr className="border-b border-line">
            <th className="py-0.5 text-left font-normal">Day</th>
            <th className={NUMBER}>Completed</th>
            <th className={NUMBER}>Failed</th>
            <th className={cn(NUMBER, FROM_SM)}>Other</th>
            <th className={NUMBER}>Success</th>
            <th className={NUMBER}>Duration</th>
            <th className={NUMBER}>Cost</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((day) => (
            <tr key={day.day}>
              <th scope="row" className="py-0.5 text-left font-normal whitespace-nowrap">
                {dayOnly(day.day)}
              </th>
              <td className={NUMBER}>{day.completed}</td>
              <td className={NUMBER}>{day.failed}</td>
              <td className={cn(NUMBER, FROM_SM, "text-ink-3")}>{others(day)}</td>
              <td className={cn(NUMBER, day.severity !== "healthy" && SEVERITIES[day.severity].text)}>
                {percent(day.successRate)}
              </td>
              <td className={NUMBER}>{duration(day.avgDurationMs)}</td>
              <td className={NUMBER}>{cost(day)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function cost(day: TrendDay): string {
  if (day.started === 0) return "—";
  if (day.unknownCosts === 0) return money(day.spent);
  return Number(day.spent) === 0 ? "unknown" : `over ${money(day.spent)}`;
}
