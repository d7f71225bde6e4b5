import type { FixedReason, SpreadFixed } from "@/api/load";
import { count, plural } from "@/lib/text/format";

import { STAYS } from "./words";

const MOST_NAMED = 20;

/** What cannot move, by reason. */
export function Stays({ fixed }: { fixed: readonly SpreadFixed[] }) {
  const reasons = new Map<FixedReason, SpreadFixed[]>();
  for (const one of fixed) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  return (
    <details>
      <summary className="cursor-pointer text-ink-2">{plural(fixed.length, "schedule")} cannot move</summary>
      <ul aria-label="Cannot move" className="mt-1 flex flex-col gap-1.5 text-xs text-ink-2">
        {[...reasons].map(([reason, some]) => (
          <li key={reason}>
            {count(some.length)} {STAYS[reason]}:{" "}
            {some
              .slice(0, MOST_NAMED)
              .map((one) => one.name)
              .join(", ")}
            {some.length > MOST_NAMED && ` and ${count(some.length - MOST_NAMED)} more`}
          </li>
        ))}
      </ul>
    </details>
  );
}
