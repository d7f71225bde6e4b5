import type { Budget, BudgetDraft, BudgetPatch, BudgetScope } from "@/api/types";

export interface BudgetForm {
  scope: BudgetScope;
  target: string;
  limitUsdMonth: string;
  warnAtPercent: string;
  action: Budget["action"];
  timezone: string;
  estimateUsd: string;
}

const AMOUNT = /^\d+(\.\d+)?$/;

/** The form of a budget, or of a new one. */
export function formOf(budget: Budget | undefined): BudgetForm {
  return {
    scope: budget?.scope ?? "all",
    target: budget?.target ?? "",
    limitUsdMonth: budget?.limitUsdMonth ?? "",
    warnAtPercent: (budget?.warnAtPercent ?? [80]).join(", "),
    action: budget?.action ?? "stop",
    timezone: budget?.timezone ?? "UTC",
    estimateUsd: budget?.estimateUsd ?? "",
  };
}

/** What the API would refuse without knowing what was meant. */
export function formErrors(form: BudgetForm): Record<string, string> {
  const percents = percentsOf(form.warnAtPercent);
  const found = {
    target: form.scope !== "all" && !form.target && "Choose one.",
    limitUsdMonth: !AMOUNT.test(form.limitUsdMonth.trim()) && "Enter an amount, such as 25.00.",
    warnAtPercent: percents === null && "Enter whole numbers from 1 to 99, separated by commas.",
    estimateUsd: form.estimateUsd.trim() && !AMOUNT.test(form.estimateUsd.trim()) && "Enter an amount, such as 0.05.",
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

export function draftOf(form: BudgetForm): BudgetDraft {
  return { scope: form.scope, ...(form.scope !== "all" && { target: form.target }), ...settings(form) };
}

export const patchOf = (form: BudgetForm): BudgetPatch => settings(form);

function settings(form: BudgetForm) {
  return {
    limitUsdMonth: form.limitUsdMonth.trim(),
    warnAtPercent: percentsOf(form.warnAtPercent) ?? [],
    action: form.action,
    timezone: form.timezone,
    estimateUsd: form.estimateUsd.trim() || null,
  };
}

/** The numbers of a list; null if one is not a percentage. */
function percentsOf(text: string): number[] | null {
  const parts = text.split(/[\s,;%]+/).filter(Boolean);
  const numbers = parts.map(Number);
  return numbers.every((one) => Number.isInteger(one) && one >= 1 && one <= 99) ? numbers : null;
}
