import type { Budget, BudgetScope, BudgetState } from "@/api/types";
import { money, percent, plural } from "@/lib/text/format";

/** What budgets are for, the widest first. */
export const SCOPES: Record<BudgetScope, { label: string; plural: string }> = {
  all: { label: "All runs", plural: "All runs" },
  kind: { label: "All runs of a kind", plural: "Kinds" },
  primitive: { label: "A primitive", plural: "Primitives" },
  automation: { label: "An automation", plural: "Automations" },
};

export const SCOPE_LIST = Object.keys(SCOPES) as BudgetScope[];

export const BUDGET_STATES: Record<BudgetState, { label: string; badge: string; bar: string }> = {
  ok: { label: "OK", badge: "", bar: "var(--accent)" },
  warning: { label: "Warning", badge: "bg-degrading/12 text-degrading", bar: "var(--degrading-mark)" },
  spent: { label: "Spent", badge: "bg-failing/12 text-failing", bar: "var(--failing-mark)" },
};

export const ACTIONS = {
  stop: "Skip further runs",
  warn: "Only warn",
} as const;

/** "$12.40 of $25.00 (50%)". */
export function spentInWords({ month, limitUsdMonth }: Budget): string {
  const limit = Number(limitUsdMonth);
  const share = limit > 0 ? ` (${percent((Number(month.spentUsd) / limit) * 100)})` : "";
  return `${money(month.spentUsd)} of ${money(limitUsdMonth)}${share}`;
}

/** What is held back, what is unknown and what was skipped; empty if there is nothing to say. */
export function restInWords({ month }: Budget): string {
  return [
    month.runsUnderWay > 0 && `${money(month.reservedUsd)} reserved for ${plural(month.runsUnderWay, "run")}`,
    month.unknownRuns > 0 && `${plural(month.unknownRuns, "run")} of unknown cost`,
    month.refusedRuns > 0 && `${plural(month.refusedRuns, "run")} skipped`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The widest first, then by name. */
export function inOrder(budgets: readonly Budget[]): Budget[] {
  return budgets.toSorted(
    (one, other) =>
      SCOPE_LIST.indexOf(one.scope) - SCOPE_LIST.indexOf(other.scope) || one.name.localeCompare(other.name),
  );
}
