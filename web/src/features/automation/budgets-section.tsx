import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { budgetsQuery } from "@/api/budgets";
import type { AutomationDetail } from "@/api/types";
import { BudgetBar } from "@/features/budgets/bar";
import { BUDGET_STATES, inOrder, restInWords, spentInWords } from "@/lib/words/budgets";

import { Section } from "./section";

/** The budgets that count the runs of an automation, if there are any. */
export function BudgetsSection({ automation }: { automation: AutomationDetail }) {
  const { data } = useQuery(budgetsQuery(automation.slug));
  if (!data?.length) return null;
  return (
    <Section
      title="Budgets"
      action={
        <Link to="/budgets" className="text-accent hover:underline">
          All budgets
        </Link>
      }
    >
      <ul className="flex flex-col gap-2">
        {inOrder(data).map((budget) => {
          const rest = restInWords(budget);
          return (
            <li key={budget.id} className="flex flex-col gap-1">
              <span className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1 truncate font-medium">
                  {budget.scope === "automation" ? "This automation" : budget.name}
                  {budget.state === "spent" && (
                    <span className="font-normal text-failing"> {BUDGET_STATES.spent.label.toLowerCase()}</span>
                  )}
                </span>
                <span className="shrink-0">{spentInWords(budget)}</span>
              </span>
              <BudgetBar budget={budget} />
              {rest && <span className="text-xs text-ink-3">{rest}</span>}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
