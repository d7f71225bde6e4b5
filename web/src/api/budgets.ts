import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, body } from "./client";
import type { Budget, BudgetDraft, BudgetPatch } from "./types";

export const budgetKeys = {
  all: ["budgets"] as const,
  list: (automation?: string) => [...budgetKeys.all, automation ?? null] as const,
};

const PAGE = 200;

/** All budgets, or those that count the runs of an automation. */
export const budgetsQuery = (automation?: string) =>
  queryOptions({
    queryKey: budgetKeys.list(automation),
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const items: Budget[] = [];
      let cursor: string | null = null;
      do {
        const query = { limit: PAGE, ...(automation ? { automation } : {}), ...(cursor ? { cursor } : {}) };
        const page: { items: readonly Budget[]; nextCursor: string | null } = await body(
          api.GET("/api/budgets", { params: { query }, signal }),
        );
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      return items;
    },
  });

export const createBudget = (draft: BudgetDraft) => body(api.POST("/api/budgets", { body: draft }));

export const changeBudget = (budget: Budget, patch: BudgetPatch) =>
  body(
    api.PATCH("/api/budgets/{budget_id}", {
      params: { path: { budget_id: budget.id }, header: { "if-match": `"${budget.revision}"` } },
      body: patch,
    }),
  );

export const removeBudget = (id: string) =>
  body(api.DELETE("/api/budgets/{budget_id}", { params: { path: { budget_id: id } } }));
