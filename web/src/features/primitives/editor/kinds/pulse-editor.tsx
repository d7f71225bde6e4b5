import { useRef } from "react";

import { Part, Refusal, WIDE } from "@/components/form/part";
import { Switch } from "@/components/ui/switch";

import defaults from "@/api/defaults.json";
import { dotted } from "../../spec/path";
import { AgentPicker } from "../fields/agent-picker";
import { useField } from "../editing";
import { LongTextField, NumberField } from "../fields/fields";
import { AddButton, RowButtons, useRows } from "../fields/rows";

const { PulseSpec: FALLBACK, CapacityBounds: BOUNDS } = defaults;

export function PulseEditor() {
  return (
    <>
      <Part title="Goal">
        <LongTextField path={["goal"]} label="Goal" className={WIDE} rows={2} />
      </Part>
      <Members />
      <Part title="Evaluation" note="Based on the members' finished runs since the last evaluation">
        <NumberField
          path={["promoteAbove"]}
          label="Promote above (%)"
          fallback={FALLBACK.promoteAbove}
          hint="Promotes members with a higher success rate"
        />
        <NumberField path={["demoteBelow"]} label="Demote below (%)" fallback={FALLBACK.demoteBelow} />
        <NumberField
          path={["minRuns"]}
          label="Minimum runs"
          fallback={FALLBACK.minRuns}
          hint="Members with fewer runs are not evaluated."
        />
        <NumberField
          path={["settleSeconds"]}
          label="Wait for open runs (s)"
          fallback={FALLBACK.settleSeconds}
          hint="The longest wait before the evaluation"
        />
        <Capacity />
      </Part>
    </>
  );
}

const MEMBERS = ["members"] as const;

function Members() {
  const { error, place } = useField(MEMBERS);
  const { rows, add } = useRows(MEMBERS);
  return (
    <Part title="Members" note="The agents it evaluates" rows place={place}>
      <Refusal text={error} />
      {rows.map((row) => (
        <div
          key={row.id}
          role="group"
          aria-label={`Member ${row.index + 1}`}
          data-field={dotted(row.path)}
          className="flex items-start gap-2"
        >
          <AgentPicker path={[...row.path, "agent"]} label="Agent" className="flex-1" />
          <NumberField
            path={[...row.path, "weight"]}
            label="Weight"
            fallback={defaults.PulseMember.weight}
            className="w-20"
          />
          <span className="mt-6">
            <RowButtons row={row} count={rows.length} what={`member ${row.index + 1}`} least={1} />
          </span>
        </div>
      ))}
      <AddButton onClick={() => add({ agent: "" })}>Add member</AddButton>
    </Part>
  );
}

function Capacity() {
  const { value, set, error } = useField(["capacity"]);
  const left = useRef<unknown>({});
  const moves = value !== null && value !== undefined;

  function change(next: boolean) {
    if (moves) left.current = value;
    set(next ? left.current : null);
  }

  return (
    <>
      <div className={`flex items-center gap-2.5 ${WIDE}`}>
        <Switch label="Adjust the members' capacity" checked={moves} onChange={change} />
        <span aria-hidden>Adjust the members' capacity</span>
        {!moves && <span className="text-xs text-ink-3">Off: the pulse only reports.</span>}
      </div>
      <Refusal text={error} />
      {moves && (
        <>
          <NumberField path={["capacity", "minimum"]} label="Minimum capacity" fallback={BOUNDS.minimum} />
          <NumberField path={["capacity", "maximum"]} label="Maximum capacity" fallback={BOUNDS.maximum} />
        </>
      )}
    </>
  );
}
