import { Part, Refusal } from "@/components/form/part";

import { records } from "../../spec/read";
import { removed, newStep, stepsOf } from "../../spec/steps";
import { useField, useEditing } from "../editing";
import { AddButton, useRows } from "../fields/rows";
import { StepCard } from "../steps/step-card";

const STEPS = ["steps"] as const;

export function PipelineEditor() {
  const { spec } = useEditing();
  const { error, place } = useField(STEPS);
  const { rows, add } = useRows(STEPS, (items, index) => removed(records(items), index));
  return (
    <Part
      title="Steps"
      note="Steps run in parallel unless they wait for another step. The order shown here has no effect."
      rows
      place={place}
    >
      <Refusal text={error} />
      {rows.map((row) => (
        <StepCard key={row.id} row={row} count={rows.length} />
      ))}
      <AddButton onClick={() => add(newStep(stepsOf(spec)))}>Add step</AddButton>
    </Part>
  );
}
