import { useMutation, useQueryClient } from "@tanstack/react-query";

import { automationKeys } from "@/api/automations";
import { budgetKeys, removeBudget } from "@/api/budgets";
import type { Budget } from "@/api/types";
import { notifyDone } from "@/components/messages/messages";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { plural } from "@/lib/text/format";

export function RemoveDialog({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeBudget(budget.id),
    onSuccess: () => {
      notifyDone(`The budget of ${budget.name} is removed.`);
      onClose();
    },
    onSettled: () =>
      Promise.all([budgetKeys.all, automationKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  const waiting = budget.waiting.runs;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Remove the budget of ${budget.name}?`}
      description={
        waiting > 0 ? `${plural(waiting, "waiting run")} may start at once.` : "Its runs start without this limit."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" aria-disabled={remove.isPending} onClick={() => !remove.isPending && remove.mutate()}>
            Remove
          </Button>
        </>
      }
    >
      {remove.error && <Problem error={remove.error} />}
      {budget.managedBy && (
        <p className="text-ink-2">{budget.managedBy} declares it, and makes it again when it is applied.</p>
      )}
    </Dialog>
  );
}
