import { ListOrdered, Split, Waypoints } from "lucide-react";
import { useRef } from "react";

import { type Choice, ChoiceCards } from "@/components/form/choice-cards";
import { Part, Refusal, WIDE } from "@/components/form/part";

import defaults from "@/api/defaults.json";
import { dotted } from "../../spec/path";
import { list, record, type Spec, text } from "../../spec/read";
import { AgentPicker } from "../fields/agent-picker";
import { useEditing, useField } from "../editing";
import { NumberField, SelectField, TextField } from "../fields/fields";
import { AddButton, RowButtons, useRows } from "../fields/rows";

type RouterType = "sequence" | "rules" | "agent";

const ROUTERS: readonly Choice<RouterType>[] = [
  { value: "sequence", label: "Sequence", icon: ListOrdered, note: "Each member once, in the order above" },
  { value: "rules", label: "Rules", icon: Split, note: "The first matching rule picks the next member" },
  { value: "agent", label: "Agent", icon: Waypoints, note: "An agent picks the next member or ends the run" },
];
const MEMBERS = ["members"] as const;

export function NetworkEditor() {
  return (
    <>
      <Members />
      <Router />
    </>
  );
}

function Members() {
  const { error, place } = useField(MEMBERS);
  const { rows, add } = useRows(MEMBERS);
  return (
    <Part title="Members" note="Agents that hand the task to each other" rows place={place}>
      <Refusal text={error} />
      {rows.map((row) => (
        <div key={row.id} className="flex items-start gap-2">
          <AgentPicker path={row.path} label={`Member ${row.index + 1}`} className="flex-1" />
          <span className="mt-6">
            <RowButtons row={row} count={rows.length} what={`member ${row.index + 1}`} least={1} />
          </span>
        </div>
      ))}
      <AddButton onClick={() => add("")}>Add member</AddButton>
    </Part>
  );
}

function Router() {
  const { spec } = useEditing();
  const { value, set, error, place } = useField(["router"]);
  const left = useRef<Partial<Record<string, unknown>>>({});
  const type = text(record(value).type) || "sequence";
  const members = list(spec.members).map(text);

  function choose(next: RouterType) {
    const begun: Record<RouterType, Spec> = {
      sequence: { type: "sequence" },
      rules: { type: "rules", first: members[0] ?? "", rules: [] },
      agent: { type: "agent", agent: "" },
    };
    left.current[type] = value;
    set(left.current[next] ?? begun[next]);
  }

  return (
    <Part title="Router" note="How the next member is chosen" place={place}>
      <ChoiceCards
        label="Router"
        path={`${place}.type`}
        choices={ROUTERS}
        value={type}
        onChange={choose}
        className="sm:grid-cols-3"
      />
      <Refusal text={error} />
      {type === "rules" && <Rules members={members} />}
      {type === "agent" && (
        <AgentPicker
          path={["router", "agent"]}
          label="Routing agent"
          hint='It answers {"next": slug} or {"done": true, "answer": …}.'
        />
      )}
      <NumberField
        path={["maxHops"]}
        label="Maximum hops"
        fallback={defaults.NetworkSpec.maxHops}
        hint="The run ends after this many hops."
      />
    </Part>
  );
}

const RULES = ["router", "rules"] as const;

function Rules({ members }: { members: readonly string[] }) {
  const { rows, add } = useRows(RULES);
  const options = [...new Set(members)].filter(Boolean).map((value) => ({ value, label: value }));
  return (
    <>
      <SelectField path={["router", "first"]} label="First member" options={options} />
      <div className={`flex flex-col gap-2 ${WIDE}`}>
        <p className="text-xs text-ink-3">
          Conditions can use input, hops, last.agent and last.output. If no rule matches, the run ends.
        </p>
        {rows.map((row) => (
          <div
            key={row.id}
            role="group"
            aria-label={`Rule ${row.index + 1}`}
            data-field={dotted(row.path)}
            className="flex items-start gap-2"
          >
            <div className="grid min-w-0 flex-1 gap-x-3 gap-y-2 sm:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
              <TextField path={[...row.path, "when"]} label="If (CEL)" mono placeholder="last.output.done == true" />
              <SelectField path={[...row.path, "next"]} label="Then" options={options} none="End the run" />
            </div>
            <span className="mt-6">
              <RowButtons row={row} count={rows.length} what={`rule ${row.index + 1}`} />
            </span>
          </div>
        ))}
        <AddButton onClick={() => add({ when: "", next: members[0] || null })}>Add rule</AddButton>
      </div>
    </>
  );
}
