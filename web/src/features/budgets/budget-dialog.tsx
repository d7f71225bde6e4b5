import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { useId, useState } from "react";

import { automationKeys } from "@/api/automations";
import { budgetKeys, changeBudget, createBudget } from "@/api/budgets";
import { ApiError } from "@/api/client";
import { liveKeys } from "@/api/live";
import type { Budget, BudgetScope } from "@/api/types";
import { ZoneField } from "@/components/form/zone-field";
import { notifyDone } from "@/components/messages/messages";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/field";
import { ACTIONS } from "@/lib/words/budgets";

import { type BudgetForm, draftOf, formErrors, formOf, patchOf } from "./form";
import { TargetFields } from "./target-fields";

const SHOWN = ["target", "limitUsdMonth", "warnAtPercent", "estimateUsd", "timezone", "action"];

interface BudgetDialogProps {
  /** Undefined to make one. */
  budget?: Budget;
  onClose: () => void;
}

export function BudgetDialog({ budget, onClose }: BudgetDialogProps) {
  const queries = useQueryClient();
  const formId = useId();
  const [form, setForm] = useState<BudgetForm>(() => formOf(budget));
  const [shows, setShows] = useState(false);
  const change = (part: Partial<BudgetForm>) => setForm((now) => ({ ...now, ...part }));
  const save = useMutation({
    mutationFn: () => (budget ? changeBudget(budget, patchOf(form)) : createBudget(draftOf(form))),
    onSuccess: (saved) => {
      notifyDone(budget ? `The budget of ${saved.name} is changed.` : `${saved.name} has a budget now.`);
      onClose();
    },
    onSettled: () =>
      Promise.all(
        [budgetKeys.all, automationKeys.all, liveKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
  const own = formErrors(form);
  const refused = save.error instanceof ApiError ? save.error.fields : {};
  const errors: Record<string, string | undefined> = shows ? { ...refused, ...own } : {};
  const isElsewhere = save.error && !Object.keys(refused).some((field) => SHOWN.includes(field));
  function submit() {
    setShows(true);
    if (Object.keys(own).length === 0 && !save.isPending) save.mutate();
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={budget ? `Budget of ${budget.name}` : "New budget"}
      description="What may be spent in a calendar month. Runs count in the month in which they start."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={formId} aria-disabled={save.isPending}>
            {save.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {budget ? "Save" : "Create"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="grid gap-x-4 gap-y-3 sm:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {!budget && (
          <TargetFields
            scope={form.scope}
            target={form.target}
            error={errors.target}
            onChange={(scope: BudgetScope, target) => change({ scope, target })}
          />
        )}
        <Field label="Limit (USD per month)" path="limitUsdMonth" error={errors.limitUsdMonth}>
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={form.limitUsdMonth}
              onChange={(event) => change({ limitUsdMonth: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Once it is spent"
          path="action"
          error={errors.action}
          hint={
            form.action === "stop"
              ? "Runs that do not fit wait or are skipped"
              : "People are told; runs start as before"
          }
        >
          {(ids) => (
            <Select
              {...ids}
              value={form.action}
              onChange={(event) => change({ action: event.target.value as BudgetForm["action"] })}
            >
              {Object.entries(ACTIONS).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Warn at (%)"
          path="warnAtPercent"
          error={errors.warnAtPercent}
          hint="Such as 50, 80. A notice each, once a month; one more when it is spent"
        >
          {(ids) => (
            <Input
              {...ids}
              value={form.warnAtPercent}
              onChange={(event) => change({ warnAtPercent: event.target.value })}
            />
          )}
        </Field>
        <ZoneField
          path="timezone"
          value={form.timezone}
          error={errors.timezone}
          onChange={(timezone) => change({ timezone })}
        />
        <Field
          label="Estimate per run (USD)"
          path="estimateUsd"
          error={errors.estimateUsd}
          hint="Reserved while no cost is known. Empty: such runs start one at a time"
        >
          {(ids) => (
            <Input
              {...ids}
              inputMode="decimal"
              value={form.estimateUsd}
              onChange={(event) => change({ estimateUsd: event.target.value })}
            />
          )}
        </Field>
      </form>
      {isElsewhere && <Problem className="mt-3" error={save.error} />}
    </Dialog>
  );
}
