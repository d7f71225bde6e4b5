import { useState } from "react";

import type { RunOverview } from "@/api/types";
import { parseJson } from "@/components/json";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, MONO, Select, TextArea } from "@/components/ui/field";

import { useSignal } from "./use-signal";

/** Adds a task to an open mission of a running campaign; the run refuses what does not fit. */
export function AddTaskDialog({ run, onClose }: { run: RunOverview; onClose: () => void }) {
  const missions =
    run.details.kind === "campaign"
      ? run.details.missions
          .filter(({ status }) => status === "pending" || status === "running")
          .map(({ name }) => name)
      : [];
  const [name, setName] = useState("");
  const [agent, setAgent] = useState("");
  const [mission, setMission] = useState(missions.at(-1) ?? "");
  const [input, setInput] = useState("");
  const [error, setError] = useState<string>();
  const add = useSignal(run.id, onClose);

  function submit() {
    const read = parseJson(input);
    setError(read.error);
    if (read.error) return;
    const argument = {
      name: name.trim(),
      agent: agent.trim(),
      mission,
      ...(input.trim() ? { input: read.value } : {}),
    };
    add.mutate({
      request: { signal: "add_task", argument: argument as never },
      done: `Added the task ${name.trim()}.`,
    });
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a task"
      description="It runs in the mission, after the tasks that are running now."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" disabled={!name.trim() || !agent.trim() || add.isPending} onClick={submit}>
            Add
          </Button>
        </>
      }
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Name">
          {(ids) => <Input {...ids} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Agent" hint="Its slug.">
          {(ids) => <Input {...ids} value={agent} maxLength={63} onChange={(event) => setAgent(event.target.value)} />}
        </Field>
        <Field label="Mission" className="sm:col-span-2">
          {(ids) => (
            <Select {...ids} value={mission} onChange={(event) => setMission(event.target.value)}>
              {missions.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Input (JSON)" hint="Leave empty for the run's input." error={error} className="sm:col-span-2">
          {(ids) => (
            <TextArea
              {...ids}
              rows={3}
              value={input}
              className={MONO}
              onChange={(event) => setInput(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}
