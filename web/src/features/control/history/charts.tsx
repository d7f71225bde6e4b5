import type { ControlHistoryHour, Usual } from "@/api/types";

import { bandPath, medianPath, type Scale, scaleOf, stepPath } from "./paths";

const TALL = 48;
const LOW = 34;
const GAP = 0.15;
/** The least height of what is not nothing. */
const SEEN = 1.5;

interface ChartProps {
  hours: readonly ControlHistoryHour[];
  /** The places of the hours in which something was changed. */
  marks: readonly number[];
}

/** Runs by hour; the failed part is on top. */
export function RunsChart({ hours, marks }: ChartProps) {
  const usual = hours.map((hour) => hour.usualRuns);
  const scale = scaleOf(
    hours.map((hour) => hour.runs),
    usual,
    TALL,
  );
  return (
    <Plot hours={hours} height={TALL} usual={usual} scale={scale} marks={marks}>
      {hours.map((hour, place) => (
        <g key={hour.start} opacity={place === hours.length - 1 ? 0.5 : 1}>
          <Column place={place} value={hour.runs} from={0} scale={scale} height={TALL} colour="var(--heat-3)" />
          <Column
            place={place}
            value={hour.failed}
            from={hour.runs - hour.failed}
            scale={scale}
            height={TALL}
            colour="var(--failing-mark)"
          />
        </g>
      ))}
    </Plot>
  );
}

/** A step per hour; hours in which nothing ended are gaps. */
export function FailureChart({ hours, marks }: ChartProps) {
  const usual = hours.map((hour) => hour.usualFailureRate);
  const rates = hours.map((hour) => hour.failureRate);
  const scale = scaleOf(
    rates.map((rate) => rate ?? 0),
    usual,
    LOW - SEEN,
  );
  return (
    <Plot hours={hours} height={LOW} usual={usual} scale={scale} marks={marks}>
      <path
        d={stepPath(rates, scale)}
        fill="none"
        stroke="var(--failing-mark)"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </Plot>
  );
}

export function CostChart({ hours, marks }: ChartProps) {
  const usual = hours.map((hour) => hour.usualCostUsd);
  const costs = hours.map((hour) => Number(hour.costUsd));
  const scale = scaleOf(costs, usual, LOW);
  return (
    <Plot hours={hours} height={LOW} usual={usual} scale={scale} marks={marks}>
      {costs.map((cost, place) => (
        <g key={hours[place]?.start} opacity={place === hours.length - 1 ? 0.5 : 1}>
          <Column place={place} value={cost} from={0} scale={scale} height={LOW} colour="var(--heat-3)" />
        </g>
      ))}
    </Plot>
  );
}

interface ColumnProps {
  place: number;
  value: number;
  /** What it stands on. */
  from: number;
  scale: Scale;
  height: number;
  colour: string;
}

function Column({ place, value, from, scale, height, colour }: ColumnProps) {
  if (value <= 0) return null;
  const ground = scale(from);
  const top = Math.min(scale(from + value), height - SEEN);
  return <rect x={place + GAP / 2} width={1 - GAP} y={top} height={Math.max(ground - top, SEEN)} fill={colour} />;
}

interface PlotProps extends ChartProps {
  height: number;
  usual: readonly (Usual | null)[];
  scale: Scale;
  children: React.ReactNode;
}

/** What is usual lies behind what happened, and its median above it. */
function Plot({ hours, height, usual, scale, marks, children }: PlotProps) {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${hours.length} ${height}`}
      preserveAspectRatio="none"
      height={height}
      className="mt-1 block w-full"
    >
      <path d={bandPath(usual, scale)} fill="var(--ink-3)" opacity={0.22} />
      {children}
      <path
        d={medianPath(usual, scale)}
        fill="none"
        stroke="var(--ink-2)"
        strokeWidth={1}
        vectorEffect="non-scaling-stroke"
      />
      {marks.map((place) => (
        <line
          key={place}
          x1={place + 0.5}
          x2={place + 0.5}
          y1={0}
          y2={height}
          stroke="var(--accent)"
          strokeWidth={1}
          strokeDasharray="2 3"
          vectorEffect="non-scaling-stroke"
        />
      ))}
      <line
        x1={0}
        x2={hours.length}
        y1={height}
        y2={height}
        stroke="var(--line)"
        strokeWidth={2}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
