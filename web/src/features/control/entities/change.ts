import { count, percent } from "@/lib/text/format";

/** From this factor on a change is told as one. */
const FACTOR = 2;

/** A number beside the one before it: "+12%", "3.0 times", "none before"; empty without any. */
export function changeInWords(now: number, before: number): string {
  if (now === before) return now === 0 ? "" : "as before";
  if (before === 0) return "none before";
  const factor = now / before;
  if (factor >= FACTOR) return `${factor >= 10 ? count(Math.round(factor)) : factor.toFixed(1)} times`;
  const points = 100 * (factor - 1);
  if (Math.abs(points) < 0.5) return "as before";
  return `${points > 0 ? "+" : "−"}${percent(Math.abs(points))}`;
}
