import { Ellipsis, Pencil, Trash2 } from "lucide-react";

import type { Budget } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuRule } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/text/format";
import { BUDGET_STATES, restInWords, spentInWords } from "@/lib/words/budgets";

import { BudgetBar } from "./bar";
import { Ends } from "./ends";
import { BudgetName } from "./name";

const GRID = cn(
  "grid items-center gap-x-4 px-3",
  "grid-cols-[minmax(0,1fr)_2rem]",
  "md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_9rem_2rem]",
  "lg:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_15rem_minmax(0,0.9fr)_2rem]",
);
const FROM_MD = "hidden md:block";
const FROM_LG = "hidden lg:block";

interface BudgetTableProps {
  budgets: readonly Budget[];
  /** Undefined for those who may not change budgets. */
  onEdit?: (budget: Budget) => void;
  onRemove?: (budget: Budget) => void;
}

export function BudgetTable({ budgets, ...actions }: BudgetTableProps) {
  return (
    <div role="table" aria-label="Budgets">
      <div role="rowgroup">
        <div role="row" className={cn(GRID, "h-8 border-b border-line text-xs text-ink-2")}>
          <span role="columnheader">Budget</span>
          <span role="columnheader" className={FROM_MD}>
            Spent this month
          </span>
          <span role="columnheader" className={FROM_MD}>
            Outlook
          </span>
          <span role="columnheader" className={FROM_LG}>
            Waiting for it
          </span>
          <span role="columnheader">
            <span className="sr-only">Actions</span>
          </span>
        </div>
      </div>
      <div role="rowgroup">
        {budgets.map((budget) => (
          <BudgetRow key={budget.id} budget={budget} {...actions} />
        ))}
      </div>
    </div>
  );
}

function BudgetRow({ budget, onEdit, onRemove }: { budget: Budget } & Omit<BudgetTableProps, "budgets">) {
  const state = BUDGET_STATES[budget.state];
  return (
    <div role="row" className={cn(GRID, "min-h-14 border-b border-line py-2 last:border-b-0")}>
      <span role="cell" className="flex min-w-0 flex-col max-md:gap-1">
        <span className="flex min-w-0 items-center gap-2">
          <BudgetName budget={budget} />
          {state.badge && <Badge className={state.badge}>{state.label}</Badge>}
          {budget.action === "warn" && <Badge className="bg-sunken text-ink-2">Warns only</Badge>}
        </span>
        <span className="truncate text-xs text-ink-3 max-md:hidden">
          {budget.timezone.replaceAll("_", " ")}
          {budget.managedBy && `, managed by ${budget.managedBy}`}
        </span>
        <span className="flex flex-col gap-1 md:hidden">
          <Spending budget={budget} />
          <Ends budget={budget} />
        </span>
        <span className="lg:hidden">
          <Waiting budget={budget} />
        </span>
      </span>
      <span role="cell" className={cn(FROM_MD, "min-w-0")}>
        <Spending budget={budget} />
      </span>
      <span role="cell" className={FROM_MD}>
        <Ends budget={budget} />
      </span>
      <span role="cell" className={cn(FROM_LG, "min-w-0")}>
        <Waiting budget={budget} />
      </span>
      <span role="cell" className="flex justify-end self-start md:self-center">
        {onEdit && onRemove && (
          <Menu
            trigger={
              <Button look="quiet" size="mini" aria-label={`Actions for ${budget.name}`}>
                <Ellipsis className="size-4" />
              </Button>
            }
          >
            <MenuItem onSelect={() => onEdit(budget)}>
              <Pencil className="size-3.5" /> Edit
            </MenuItem>
            <MenuRule />
            <MenuItem danger onSelect={() => onRemove(budget)}>
              <Trash2 className="size-3.5" /> Remove
            </MenuItem>
          </Menu>
        )}
      </span>
    </div>
  );
}

function Spending({ budget }: { budget: Budget }) {
  const rest = restInWords(budget);
  return (
    <span className="flex min-w-0 flex-col gap-1">
      <span className="truncate">{spentInWords(budget)}</span>
      <BudgetBar budget={budget} />
      <span className="truncate text-xs text-ink-3 empty:hidden" title={rest}>
        {rest}
      </span>
    </span>
  );
}

/** The automations whose runs the budget holds; each opens its drawer. */
function Waiting({ budget: { waiting } }: { budget: Budget }) {
  const open = useOpenAutomation();
  if (waiting.runs === 0) return <span className="text-ink-3 max-lg:hidden">Nobody</span>;
  const named = waiting.automations.slice(0, 3);
  const others = waiting.automations.length - named.length;
  return (
    <span className="flex min-w-0 flex-col text-xs">
      <span className="text-degrading">{plural(waiting.runs, "run")} waiting</span>
      <span className="truncate">
        {named.map((one, index) => (
          <span key={one.id}>
            {index > 0 && ", "}
            <button type="button" className="min-h-6 text-accent hover:underline" onClick={() => open(one.slug)}>
              {one.name}
            </button>
          </span>
        ))}
        {others > 0 && ` and ${others} more`}
      </span>
    </span>
  );
}
