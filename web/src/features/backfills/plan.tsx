import { useState } from "react";

import type { BackfillItem, BackfillPlan } from "@/api/backfills";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { count, money, plural } from "@/lib/text/format";
import { duration, exact } from "@/lib/time/time";

import { LEFT_OUT, untilNow } from "./words";

/** More at once would slow down the page; the rest is shown on request. */
const SHOWN = 100;
const MORE = 1000;

/** What a backfill will run and leave out, in the order in which it starts, with its cost and duration. */
export function Plan({ plan, noun }: { plan: BackfillPlan; noun: string }) {
  const { estimate, warnings } = plan;
  const again = noun === "run" ? " again" : "";
  return (
    <div className="flex flex-col gap-2.5">
      <p className="text-ink-2">
        <span className="font-medium text-ink">
          {plan.count ? `${plural(plan.count, noun)} will run${again}` : `No ${noun} to run${again}`}
        </span>
        {plan.count > 0 && (
          <>
            , {estimate.meanUsd === null ? "at unknown cost" : `for ${money(estimate.meanUsd)}`}
            {estimate.p90Usd !== null && estimate.p90Usd !== estimate.meanUsd && ` (p90 ${money(estimate.p90Usd)})`}
            {estimate.unknownRuns > 0 &&
              estimate.meanUsd !== null &&
              `, ${count(estimate.unknownRuns)} of unknown cost`}
            {estimate.seconds !== null && `, in about ${duration(Math.round(estimate.seconds * 1000))}`}
          </>
        )}
        .{leftOutInWords(plan)}
      </p>
      {warnings.map((warning) => (
        <p key={warning} role="note" className="rounded-md border border-degrading/50 px-2.5 py-1.5 text-ink-2">
          {warning}
        </p>
      ))}
      {plan.items.length > 0 && <Items items={plan.items} />}
    </div>
  );
}

function leftOutInWords({ leftOut, items }: BackfillPlan): string {
  const number = Object.values(leftOut).reduce((sum, one) => sum + one, 0);
  return number ? ` ${count(number)} of ${count(items.length)} are left out.` : "";
}

function Items({ items }: { items: readonly BackfillItem[] }) {
  const [shown, show] = useState(SHOWN);
  const left = items.length - shown;
  return (
    <div
      role="region"
      aria-label="What runs"
      // Reachable with the keyboard, to scroll.
      tabIndex={0}
      className="max-h-64 overflow-y-auto rounded-md border border-line bg-sunken/50 px-2.5"
    >
      <ul className="divide-y divide-line">
        {items.slice(0, shown).map((item, index) => (
          <Item key={item.runId ?? `${item.dueAt}-${index}`} item={item} />
        ))}
      </ul>
      {left > 0 && (
        <Button look="quiet" size="sm" className="my-1" onClick={() => show(shown + MORE)}>
          Show {count(Math.min(left, MORE))} more
        </Button>
      )}
    </div>
  );
}

function Item({ item }: { item: BackfillItem }) {
  const zone = useZone();
  const at = item.dueAt ?? item.queuedAt;
  return (
    <li className={cn("flex gap-3 py-1", item.leftOut && "text-ink-3")}>
      <span className="whitespace-nowrap">{at ? exact(at, zone) : "—"}</span>
      {item.name && <span className="min-w-0 truncate">{item.name}</span>}
      <span className="ml-auto text-right text-xs">
        {item.leftOut ? `left out: ${LEFT_OUT[item.leftOut]}` : untilNow(item)}
      </span>
    </li>
  );
}
