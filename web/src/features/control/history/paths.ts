import type { Usual } from "@/api/types";

/** A value as a height from the top of a plot, within it. */
export type Scale = (value: number) => number;

/** What is far above everything that happened is cut off, or it would flatten the rest. */
const MOST_ABOVE = 2;

/** Scales values to a plot of this height; the largest one that happened fills it unless more is usual. */
export function scaleOf(values: readonly number[], usual: readonly (Usual | null)[], height: number): Scale {
  const happened = Math.max(0, ...values);
  const expected = Math.max(0, ...usual.map((one) => one?.high ?? 0));
  const most = Math.max(happened, happened > 0 ? Math.min(expected, happened * MOST_ABOVE) : expected) || 1;
  return (value) => height * (1 - Math.min(value / most, 1));
}

/** The areas between the quartiles, one column wide per hour; hours of which nothing is usual are gaps. */
export function bandPath(usual: readonly (Usual | null)[], scale: Scale): string {
  return runsOf(usual)
    .map(({ begin, found }) => {
      const upper = found.map((one, index) => `V${at(scale(one.high))}H${begin + index + 1}`);
      const lower = found.map((one, index) => `V${at(scale(one.low))}H${begin + index}`).toReversed();
      return `M${begin} ${at(scale(found[0]?.low ?? 0))}${upper.join("")}${lower.join("")}Z`;
    })
    .join("");
}

/** The medians as steps. */
export function medianPath(usual: readonly (Usual | null)[], scale: Scale): string {
  return stepPath(
    usual.map((one) => one && one.median),
    scale,
  );
}

/** Values as steps, one column wide; nulls are gaps. */
export function stepPath(values: readonly (number | null)[], scale: Scale): string {
  return runsOf(values)
    .map(({ begin, found }) =>
      found
        .map((value, index) => `${index === 0 ? `M${begin} ` : "V"}${at(scale(value))}H${begin + index + 1}`)
        .join(""),
    )
    .join("");
}

const at = (height: number) => Number(height.toFixed(2));

/** Stretches without a gap, each with the place of its first value. */
function runsOf<Value>(values: readonly (Value | null)[]): { begin: number; found: Value[] }[] {
  const runs: { begin: number; found: Value[] }[] = [];
  let current: { begin: number; found: Value[] } | undefined;
  for (const [place, value] of values.entries()) {
    if (value === null) {
      current = undefined;
      continue;
    }
    if (!current) {
      current = { begin: place, found: [] };
      runs.push(current);
    }
    current.found.push(value);
  }
  return runs;
}
