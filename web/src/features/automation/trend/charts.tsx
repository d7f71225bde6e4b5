import type { ReactNode } from "react";

import type { Severity, TrendDay } from "@/api/types";
import { SEVERITIES } from "@/lib/words/severity";

import { column } from "./figures";

const TALL = 44;
const LOW = 30;
const SEEN = 2;
const CAP = 5;
const HATCH = "unknown-cost";
const STRIPES = "failed-runs";

/** Failures are emphasised only on days with a low success rate. */
const failedColour = (severity: Severity) => (severity === "healthy" ? "var(--ink-3)" : SEVERITIES[severity].colour);
const visible = (height: number) => (height > 0 ? Math.max(SEEN, height) : 0);

interface ChartProps {
  days: readonly TrendDay[];
}

/** Failed runs are striped and stacked on completed ones; a mark below shows missed due times. */
export function SuccessChart({ days }: ChartProps) {
  const most = Math.max(1, ...days.map((day) => day.completed + day.failed));
  const full = TALL - CAP;
  return (
    <Plot height={TALL} ground={full}>
      <defs>
        <pattern id={STRIPES} width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width={1.5} height={5} fill="var(--panel)" opacity={0.7} />
        </pattern>
      </defs>
      {days.map((day, index) => {
        const place = column(index, days.length);
        const done = visible((day.completed / most) * full);
        const failed = visible((day.failed / most) * full);
        return (
          <g key={day.day}>
            <rect {...place} y={full - done} height={done} fill="var(--heat-3)" />
            <rect
              {...place}
              y={full - done - failed}
              height={failed}
              fill={failedColour(day.severity)}
              opacity={0.85}
            />
            <rect {...place} y={full - done - failed} height={failed} fill={`url(#${STRIPES})`} />
            {day.missed > 0 && <rect {...place} y={TALL - 3} height={2} fill="var(--degrading)" />}
          </g>
        );
      })}
    </Plot>
  );
}

/** A step per day, so that single days are visible; a day without runs is a gap. */
export function DurationChart({ days }: ChartProps) {
  const most = Math.max(1, ...days.map((day) => day.avgDurationMs ?? 0));
  const at = (day: TrendDay | undefined) =>
    day?.avgDurationMs == null ? null : LOW - SEEN - (day.avgDurationMs / most) * (LOW - 2 * SEEN);
  const step = 100 / days.length;
  return (
    <Plot height={LOW}>
      {days.map((day, index) => {
        const [y, before] = [at(day), at(days[index - 1])];
        if (y === null) return null;
        return (
          <g key={day.day} stroke="var(--accent)" strokeWidth={1.5} strokeLinecap="round">
            {before !== null && <line x1={`${index * step}%`} x2={`${index * step}%`} y1={before} y2={y} />}
            <line x1={`${index * step}%`} x2={`${(index + 1) * step}%`} y1={y} y2={y} />
          </g>
        );
      })}
    </Plot>
  );
}

/** Known spending; hatched if a part is unknown. */
export function CostChart({ days }: ChartProps) {
  const most = Math.max(...days.map((day) => Number(day.spent))) || 1;
  return (
    <Plot height={LOW}>
      <defs>
        <pattern id={HATCH} width={4} height={4} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width={2} height={4} fill="var(--ink-3)" />
        </pattern>
      </defs>
      {days.map((day, index) => {
        const place = column(index, days.length);
        const spent = visible((Number(day.spent) / most) * (LOW - CAP));
        return (
          <g key={day.day}>
            <rect {...place} y={LOW - spent} height={spent} fill="var(--heat-3)" />
            {day.unknownCosts > 0 && <rect {...place} y={LOW - spent - CAP} height={CAP} fill={`url(#${HATCH})`} />}
          </g>
        );
      })}
    </Plot>
  );
}

function Plot({ height, ground = height, children }: { height: number; ground?: number; children: ReactNode }) {
  return (
    <svg aria-hidden="true" height={height} className="mt-1 block w-full overflow-visible">
      {children}
      <line x1="0" x2="100%" y1={ground + 0.5} y2={ground + 0.5} stroke="var(--line)" />
    </svg>
  );
}
