import { Plus, Trash2 } from "lucide-react";

import { AutomationField } from "@/components/form/automation-field";
import { DependencyFields, NEW_DEPENDENCY } from "@/components/form/dependency-fields";
import { errorAt } from "@/components/form/errors/field-paths";
import { Part, Refusal } from "@/components/form/part";
import { Button } from "@/components/ui/button";

import type { DependencyRow } from "./draft";
import type { PartProps } from "./part-props";

/** What the automation depends on, and which ends of others fire it. */
export function DependenciesPart({ form, change, errors }: PartProps) {
  const rows = form.dependencies;
  const set = (index: number, row: DependencyRow) =>
    change({ dependencies: rows.map((one, place) => (place === index ? row : one)) });
  const whole = errors.dependencies;
  return (
    <Part
      title="Dependencies"
      note="Pausing or archiving what it depends on warns of this automation. It can also be fired by the ends of their runs."
      rows
      place="dependencies"
    >
      {rows.map((row, index) => {
        const path = `dependencies[${index}].`;
        return (
          // oxlint-disable-next-line react/no-array-index-key -- rows have no identity of their own
          <div key={index} className="flex items-start gap-2">
            <div className="grid min-w-0 flex-1 gap-x-4 gap-y-2 sm:grid-cols-3">
              <AutomationField
                label="Depends on"
                path={`${path}dependsOn`}
                value={row.dependsOn}
                error={errorAt(errors, `${path}dependsOn`)}
                without={[form.slug, ...rows.map((one) => one.dependsOn)]}
                onChange={(dependsOn) => set(index, { ...row, dependsOn })}
              />
              <DependencyFields
                value={row}
                path={path}
                errorOf={(field) => errorAt(errors, path + field)}
                onChange={(does) => set(index, { ...row, ...does })}
              />
            </div>
            <Button
              look="quiet"
              size="icon"
              className="mt-5"
              aria-label={`Remove dependency ${index + 1}`}
              onClick={() => change({ dependencies: rows.filter((_, place) => place !== index) })}
            >
              <Trash2 className="size-4" />
            </Button>
          </div>
        );
      })}
      <Refusal text={whole} />
      <Button
        className="w-fit"
        onClick={() => change({ dependencies: [...rows, { dependsOn: "", ...NEW_DEPENDENCY }] })}
      >
        <Plus className="size-3.5" /> Add dependency
      </Button>
    </Part>
  );
}
