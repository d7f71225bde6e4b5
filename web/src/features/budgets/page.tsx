import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Wallet } from "lucide-react";
import { useState } from "react";

import { budgetsQuery } from "@/api/budgets";
import { covers, sessionQuery } from "@/api/session";
import type { Budget, BudgetScope } from "@/api/types";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { plural } from "@/lib/text/format";
import { inOrder, SCOPE_LIST, SCOPES } from "@/lib/words/budgets";

import { BudgetDialog } from "./budget-dialog";
import { BudgetTable } from "./budget-table";
import { RemoveDialog } from "./remove-dialog";

type Doing = { what: "new" } | { what: "edit" | "remove"; budget: Budget };

/** What may be spent this month, what has been, when it ends, and who waits for it. */
export function BudgetsPage() {
  const { scope } = useSearch({ from: "/budgets" });
  const navigate = useNavigate({ from: "/budgets" });
  const { data: session } = useQuery(sessionQuery());
  const budgets = useQuery(budgetsQuery());
  const [doing, setDoing] = useState<Doing>();
  const all = inOrder(budgets.data ?? []);
  const shown = scope?.length ? all.filter((one) => scope.includes(one.scope)) : all;
  const mayChange = covers(session, "admin");
  const create = mayChange && (
    <Button look="primary" onClick={() => setDoing({ what: "new" })}>
      <Plus className="size-4" /> New
    </Button>
  );
  const close = () => setDoing(undefined);
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 py-3">
        <h1 className="mr-1 text-base font-semibold">Budgets</h1>
        <Pills
          label="For"
          pills={SCOPE_LIST.map((value) => ({
            value,
            label: SCOPES[value].plural,
            count: all.filter((one) => one.scope === value).length,
          }))}
          chosen={scope ?? []}
          onChange={(next: BudgetScope[]) =>
            void navigate({ search: { scope: next.length ? next : undefined }, replace: true })
          }
        />
        <span className="flex-1" />
        {create}
      </div>
      <div className="rounded-lg border border-line bg-panel">
        {budgets.isPending ? (
          <Skeleton rows={6} />
        ) : budgets.isError && all.length === 0 ? (
          <Failure error={budgets.error} onRetry={() => void budgets.refetch()} />
        ) : shown.length === 0 ? (
          <Notice
            icon={Wallet}
            title={all.length > 0 ? "No budgets match this filter" : "No budgets yet"}
            action={
              all.length > 0 ? <Button onClick={() => void navigate({ search: {} })}>Clear filter</Button> : create
            }
          >
            A budget limits what all runs, a kind, a primitive or an automation may spend in a calendar month.
          </Notice>
        ) : (
          <BudgetTable
            budgets={shown}
            {...(mayChange && {
              onEdit: (budget: Budget) => setDoing({ what: "edit", budget }),
              onRemove: (budget: Budget) => setDoing({ what: "remove", budget }),
            })}
          />
        )}
      </div>
      <p className="px-1 pt-2 text-xs text-ink-3">{budgets.data && plural(shown.length, "budget")}</p>
      {doing?.what === "new" && <BudgetDialog onClose={close} />}
      {doing?.what === "edit" && <BudgetDialog budget={doing.budget} onClose={close} />}
      {doing?.what === "remove" && <RemoveDialog budget={doing.budget} onClose={close} />}
    </>
  );
}
