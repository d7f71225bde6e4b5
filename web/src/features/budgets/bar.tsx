import type { Budget } from "@/api/types";
import { money } from "@/lib/text/format";
import { BUDGET_STATES, spentInWords } from "@/lib/words/budgets";

/** What is spent and what is reserved, as parts of the limit; marks where people are told. */
export function BudgetBar({ budget }: { budget: Budget }) {
  const { month, limitUsdMonth, warnAtPercent, state } = budget;
  const limit = Number(limitUsdMonth);
  const share = (usd: string) => (limit > 0 ? Math.min((Number(usd) / limit) * 100, 100) : 100);
  const spent = share(month.spentUsd);
  const reserved = limit > 0 ? Math.min(share(month.reservedUsd), 100 - spent) : 0;
  const colour = BUDGET_STATES[state].bar;
  const label = `${spentInWords(budget)} spent, ${money(month.reservedUsd)} reserved`;
  return (
    <div
      role="img"
      aria-label={label}
      title={label}
      className="relative h-2 w-full overflow-hidden rounded-full bg-sunken"
    >
      <div className="absolute inset-y-0 left-0" style={{ width: `${spent}%`, background: colour }} />
      <div
        className="absolute inset-y-0 opacity-40"
        style={{ left: `${spent}%`, width: `${reserved}%`, background: colour }}
      />
      {warnAtPercent.map((at) => (
        <div key={at} className="absolute inset-y-0 w-px bg-ink-3/60" style={{ left: `${at}%` }} />
      ))}
    </div>
  );
}
