import type { TrendDay, TrendFigures } from "@/api/types";
import { money, percent, plural } from "@/lib/text/format";
import { dayOnly, duration } from "@/lib/time/time";

const HOUR_MS = 3_600_000;
const TICK_EVERY: readonly (readonly [number, number])[] = [
  [14, 1],
  [45, 7],
  [Infinity, 15],
];
const GAP = 0.22;

/** The position of a day's bar, in percent of the width. */
export function column(index: number, count: number): { x: string; width: string } {
  const step = 100 / count;
  return { x: `${(index + GAP / 2) * step}%`, width: `${(1 - GAP) * step}%` };
}

/** The days labelled below the charts: today, and backwards at even steps. */
export function ticks(count: number): number[] {
  const every = TICK_EVERY.find(([upTo]) => count <= upTo)?.[1] ?? 1;
  const found: number[] = [];
  for (let index = count - 1; index >= 0; index -= every) found.unshift(index);
  return found;
}

export function hoursOf(day: TrendDay): number {
  return Math.round((Date.parse(day.end) - Date.parse(day.start)) / HOUR_MS);
}

/** Other outcomes: "2 skipped, 1 missed"; empty without any. */
export function others(figures: TrendFigures): string {
  const kinds = ["cancelled", "skipped", "missed"] as const;
  return kinds.flatMap((kind) => (figures[kind] > 0 ? `${figures[kind]} ${kind}` : [])).join(", ");
}

export function outcomes(figures: TrendFigures): string {
  if (figures.successRate === null) return "no finished runs";
  const failed = figures.failed > 0 ? `, ${figures.failed} failed` : "";
  return `${percent(figures.successRate)}, ${figures.completed} completed${failed}`;
}

export function spending(figures: TrendFigures): string {
  if (figures.started === 0) return "none";
  if (figures.unknownCosts > 0 && figures.avgCostPerRun === null && Number(figures.spent) === 0) return "unknown";
  const mean = figures.avgCostPerRun === null ? "" : `, ${money(figures.avgCostPerRun)} per run`;
  const unknown = figures.unknownCosts > 0 ? `, ${plural(figures.unknownCosts, "run")} without cost data` : "";
  return `${money(figures.spent)}${mean}${unknown}`;
}

/** A day in one sentence, for screen readers. */
export function told(day: TrendDay): string {
  const took = day.avgDurationMs === null ? "" : `, ${duration(day.avgDurationMs)} average`;
  const more = others(day);
  return `${dayOnly(day.day)}: ${outcomes(day)}${more && `, ${more}`}${took}; cost: ${spending(day)}`;
}
