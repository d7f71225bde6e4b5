import { More, Part, Refusal, WIDE } from "@/components/form/part";

import defaults from "@/api/defaults.json";
import { at, dotted, type Path } from "../../spec/path";
import { list, text } from "../../spec/read";
import { AgentPicker } from "../fields/agent-picker";
import { useEditing, useField } from "../editing";
import { JsonField, LongTextField, NumberField, TextField } from "../fields/fields";
import { AddButton, type Row, RowButtons, useRows } from "../fields/rows";

const MISSIONS = ["missions"] as const;

export function CampaignEditor() {
  return (
    <>
      <Part title="Objective">
        <LongTextField path={["objective"]} label="Objective" className={WIDE} rows={2} />
        <AgentPicker
          path={["planner"]}
          label="Planner"
          none="No planner"
          hint="The agent that plans missions when you list none below"
          className={WIDE}
        />
        <NumberField path={["concurrency"]} label="Concurrent tasks" fallback={defaults.CampaignSpec.concurrency} />
        <NumberField
          path={["minSuccessRate"]}
          label="Minimum success rate (%)"
          fallback={defaults.CampaignSpec.minSuccessRate}
          hint="Share of tasks that must succeed"
        />
      </Part>
      <Missions />
    </>
  );
}

function Missions() {
  const { error, place } = useField(MISSIONS);
  const { rows, add } = useRows(MISSIONS);
  const task = { name: "Task 1", agent: "" };
  return (
    <Part
      title="Missions"
      note="Missions run one after another; tasks within a mission run in parallel."
      rows
      place={place}
    >
      <Refusal text={error} />
      {rows.map((row) => (
        <Mission key={row.id} row={row} count={rows.length} />
      ))}
      <AddButton onClick={() => add({ name: `Mission ${rows.length + 1}`, tasks: [task] })}>Add mission</AddButton>
    </Part>
  );
}

function Mission({ row, count }: { row: Row; count: number }) {
  const { spec } = useEditing();
  const tasks = [...row.path, "tasks"];
  const { error, place } = useField(row.path);
  const refused = useField(tasks);
  const { rows, add } = useRows(tasks);
  const last = list(at(spec, tasks)).at(-1);
  const agent = text(at(last, ["agent"]));
  return (
    <section
      aria-label={`Mission ${row.index + 1}`}
      data-field={place}
      className="scroll-mt-20 rounded-md border border-line px-3 pt-2 pb-3"
    >
      <div className="mb-3 flex items-start gap-2">
        <TextField path={[...row.path, "name"]} label={`Mission ${row.index + 1}`} className="flex-1" />
        <span className="mt-6">
          <RowButtons row={row} count={count} what={`mission ${row.index + 1}`} />
        </span>
      </div>
      <Refusal text={error ?? refused.error} />
      <div className="ml-1 flex flex-col gap-3 border-l-2 border-line pl-3">
        {rows.map((task) => (
          <Task key={task.id} row={task} count={rows.length} />
        ))}
        <AddButton onClick={() => add({ name: `Task ${rows.length + 1}`, agent })}>Add task</AddButton>
      </div>
    </section>
  );
}

function Task({ row, count }: { row: Row; count: number }) {
  const { spec } = useEditing();
  const input: Path = [...row.path, "input"];
  const value = at(spec, input);
  return (
    <div
      role="group"
      aria-label={`Task ${row.index + 1}`}
      data-field={dotted(row.path)}
      className="flex items-start gap-2"
    >
      <div className="grid min-w-0 flex-1 gap-x-3 gap-y-2 sm:grid-cols-2">
        <TextField path={[...row.path, "name"]} label="Task" />
        <AgentPicker path={[...row.path, "agent"]} label="Agent" />
        <More title={value === null || value === undefined ? "Add input" : "Input"}>
          <JsonField path={input} label="Input (JSON)" className={WIDE} />
        </More>
      </div>
      <span className="mt-6">
        <RowButtons row={row} count={count} what={`task ${row.index + 1}`} least={1} />
      </span>
    </div>
  );
}
