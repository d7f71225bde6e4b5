import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { budgetsQuery } from "@/api/budgets";
import type { Budget } from "@/api/types";
import { Skeleton } from "@/components/page-states";
import { Badge } from "@/components/ui/badge";
import { BudgetBar } from "@/features/budgets/bar";
import { Ends } from "@/features/budgets/ends";
import { BudgetName } from "@/features/budgets/name";
import { count } from "@/lib/text/format";
import { BUDGET_STATES, spentInWords } from "@/lib/words/budgets";

import { Panel } from "@/components/panel";

const SHOWN = 5;
const WORST_FIRST: Budget["state"][] = ["spent", "warning", "ok"];
const NEVER = "9999";

/** The spent ones first, then those that end soonest. */
function inOrder(budgets: readonly Budget[]): Budget[] {
  return budgets.toSorted(
    (one, other) =>
      WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state) ||
      (one.outlook.endsOn ?? NEVER).localeCompare(other.outlook.endsOn ?? NEVER) ||
      one.name.localeCompare(other.name),
  );
}

/** What this month's budgets have left, and when they end. */
export function Budgets() {
  const budgets = useQuery(budgetsQuery());
  const all = inOrder(budgets.data ?? []);
  return (
    <Panel
      title="Budgets of this month"
      aside={
        <Link to="/budgets" className="text-accent hover:underline">
          All budgets
        </Link>
      }
    >
      {budgets.isPending && <Skeleton rows={2} />}
      {budgets.isError && <p className="text-failing">{budgets.error.message}</p>}
      {budgets.isSuccess && all.length === 0 && (
        <p className="text-ink-3">No budgets: nothing limits what runs may spend.</p>
      )}
      <ul className="flex flex-col gap-2">
        {all.slice(0, SHOWN).map((budget) => (
          <li key={budget.id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="flex min-w-0 flex-1 basis-48 flex-col gap-1">
              <span className="flex min-w-0 items-center gap-2">
                <BudgetName budget={budget} />
                {BUDGET_STATES[budget.state].badge && (
                  <Badge className={BUDGET_STATES[budget.state].badge}>{BUDGET_STATES[budget.state].label}</Badge>
                )}
                <span className="ml-auto shrink-0 text-xs text-ink-2" title="Spent of this month's limit">
                  {spentInWords(budget)}
                </span>
              </span>
              <BudgetBar budget={budget} />
            </span>
            <span className="w-40 text-xs">
              <Ends budget={budget} />
            </span>
          </li>
        ))}
      </ul>
      {all.length > SHOWN && <p className="mt-1.5 text-xs text-ink-3">and {count(all.length - SHOWN)} more</p>}
    </Panel>
  );
}
