import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle, Trash2 } from "lucide-react";
import { useState } from "react";

import { automationKeys } from "@/api/automations";
import { ApiError } from "@/api/client";
import { addDependency, changeDependency, dependencyKeys, removeDependency } from "@/api/dependencies";
import { liveKeys } from "@/api/live";
import type { Dependency } from "@/api/types";
import { AutomationField } from "@/components/form/automation-field";
import { DependencyFields, NEW_DEPENDENCY } from "@/components/form/dependency-fields";
import { notifyDone } from "@/components/messages/messages";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";

type From = "needs" | "triggers";

/** A dependency to change, or the direction of a new one. */
export type Editing = { edge: Dependency } | { from: From };

interface DependencyDialogProps {
  automation: { slug: string; name: string };
  editing: Editing;
  onClose: () => void;
}

const DIRECTIONS = [
  { value: "needs", label: "This depends on another" },
  { value: "triggers", label: "Another depends on this" },
] as const;

/** Adds a dependency in either direction, changes one, or removes it. */
export function DependencyDialog({ automation, editing, onClose }: DependencyDialogProps) {
  const queries = useQueryClient();
  const edge = "edge" in editing ? editing.edge : undefined;
  const [from, setFrom] = useState<From>("from" in editing ? editing.from : "needs");
  const [other, setOther] = useState("");
  const [does, setDoes] = useState(edge ? { ...edge } : NEW_DEPENDENCY);

  const refresh = () =>
    Promise.all(
      [liveKeys.all, automationKeys.all, dependencyKeys.graphs].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
  const done = (message: string) => async () => {
    notifyDone(message);
    onClose();
    await refresh();
  };
  const save = useMutation({
    mutationFn: () => {
      const { fireWhen, passPayload, note } = does;
      if (edge) return changeDependency(edge.id, { fireWhen, passPayload, note });
      const [child, parent] = from === "needs" ? [automation.slug, other] : [other, automation.slug];
      return addDependency({ automation: child, dependsOn: parent, fireWhen, passPayload, note });
    },
    onSuccess: done(edge ? "The dependency is changed." : "The dependency is added."),
  });
  const remove = useMutation({
    mutationFn: () => removeDependency(edge?.id ?? ""),
    onSuccess: done("The dependency is removed."),
  });
  const busy = save.isPending || remove.isPending;
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const refused = edge ? undefined : fields[from === "needs" ? "dependsOn" : "automation"];
  return (
    <Dialog
      open
      onClose={onClose}
      title={edge ? "Edit dependency" : "Add dependency"}
      description={edge && `${edge.automation.name} depends on ${edge.dependsOn.name}.`}
      footer={
        <>
          {edge && (
            <>
              <Button look="danger" disabled={busy} onClick={() => remove.mutate()}>
                <Trash2 className="size-3.5" /> Remove
              </Button>
              <span className="flex-1" />
            </>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={busy || (!edge && other === "")} onClick={() => save.mutate()}>
            {save.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {edge ? "Save" : "Add"}
          </Button>
        </>
      }
    >
      {/* High enough for the choices, which a dialog cuts off. */}
      <div className={cn("flex flex-col gap-3", !edge && "min-h-84")}>
        {!edge && (
          <>
            <Segmented label="Direction" options={DIRECTIONS} value={from} onChange={setFrom} />
            <AutomationField
              label={from === "needs" ? `${automation.name} depends on` : `Depends on ${automation.name}`}
              value={other}
              without={[automation.slug]}
              error={refused}
              onChange={setOther}
            />
          </>
        )}
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
          <DependencyFields value={does} onChange={setDoes} errorOf={(field) => fields[field]} />
        </div>
        {!refused && <Problem error={save.error ?? remove.error} />}
      </div>
    </Dialog>
  );
}
