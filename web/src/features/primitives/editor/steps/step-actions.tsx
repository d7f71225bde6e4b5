import { Bot, Clock, Globe, type LucideIcon, Repeat, UserCheck } from "lucide-react";
import type { ComponentType } from "react";

import { WIDE } from "@/components/form/part";
import { Segmented } from "@/components/ui/segmented";

import defaults from "@/api/defaults.json";
import type { Path } from "../../spec/path";
import type { Action } from "../../spec/steps";
import { AgentPicker } from "../fields/agent-picker";
import { NumberField, SelectField, TextField } from "../fields/fields";
import { HeadersField } from "../fields/headers-field";

const ACTIONS: Record<Action, { label: string; icon: LucideIcon }> = {
  agent: { label: "Agent", icon: Bot },
  map: { label: "Map", icon: Repeat },
  http: { label: "HTTP", icon: Globe },
  wait: { label: "Wait", icon: Clock },
  approval: { label: "Approval", icon: UserCheck },
};
const OPTIONS = Object.entries(ACTIONS).map(([value, { label }]) => ({ value: value as Action, label }));
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"].map((value) => ({ value, label: value }));

export function ActionChoice({ value, onChange }: { value: Action; onChange: (action: Action) => void }) {
  const { icon: Icon } = ACTIONS[value];
  return (
    <span className="flex min-w-0 items-center gap-1.5 max-sm:order-last max-sm:w-full">
      <Icon className="size-4 shrink-0 text-ink-3 max-sm:hidden" strokeWidth={1.8} />
      <Segmented label="Action" options={OPTIONS} value={value} onChange={onChange} />
    </span>
  );
}

function AgentFields({ path }: { path: Path }) {
  return <AgentPicker path={[...path, "agent"]} label="Agent" />;
}

function MapFields({ path }: { path: Path }) {
  return (
    <>
      <AgentPicker path={[...path, "agent"]} label="Agent" />
      <TextField path={[...path, "map"]} label="For each (CEL)" hint="A list, such as steps.find.output.urls" mono />
      <NumberField path={[...path, "concurrency"]} label="Concurrency" fallback={defaults.StepSpec.concurrency} />
    </>
  );
}

function HttpFields({ path }: { path: Path }) {
  const { HttpStep: fallback } = defaults;
  return (
    <>
      <SelectField path={[...path, "http", "method"]} label="Method" options={METHODS} fallback={fallback.method} />
      <TextField path={[...path, "http", "url"]} label="URL" placeholder="https://" mono className={WIDE} />
      <HeadersField path={[...path, "http", "headers"]} className={WIDE} />
      <NumberField path={[...path, "http", "timeoutSeconds"]} label="Timeout (s)" fallback={fallback.timeoutSeconds} />
    </>
  );
}

function WaitFields({ path }: { path: Path }) {
  return (
    <NumberField
      path={[...path, "wait", "seconds"]}
      label="Seconds"
      hint="The run sleeps and uses no worker in the meantime."
    />
  );
}

function ApprovalFields({ path }: { path: Path }) {
  return (
    <>
      <NumberField
        path={[...path, "approval", "timeoutSeconds"]}
        label="Timeout (s)"
        fallback={defaults.ApprovalStep.timeoutSeconds}
      />
      <TextField
        path={[...path, "approval", "message"]}
        label="Question"
        hint="What the approver is asked"
        className={WIDE}
      />
    </>
  );
}

export const ACTION_FIELDS: Record<Action, ComponentType<{ path: Path }>> = {
  agent: AgentFields,
  map: MapFields,
  http: HttpFields,
  wait: WaitFields,
  approval: ApprovalFields,
};
