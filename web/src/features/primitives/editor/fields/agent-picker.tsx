import { useState } from "react";

import type { Primitive } from "@/api/types";
import { CreateFirst } from "@/components/form/create-first";
import { type Choice, Combobox } from "@/components/ui/combobox";
import { Field } from "@/components/ui/field";
import { count } from "@/lib/text/format";

import type { Path } from "../../spec/path";
import { text } from "../../spec/read";
import { useEditing, useField } from "../editing";

interface AgentPickerProps {
  path: Path;
  label: string;
  hint?: string;
  className?: string;
  /** The label of the empty option, if there is one. */
  none?: string;
}

const MOST_SHOWN = 50;

/** Picks an agent by a part of its name; an unknown slug is kept and reported. */
export function AgentPicker({ path, label, hint, className, none }: AgentPickerProps) {
  const { agents, areAgentsKnown } = useEditing();
  const { value, set, error, place } = useField(path);
  const [search, setSearch] = useState("");
  const slug = text(value);
  const known = agents.find((one) => one.slug === slug);
  const isUnknown = areAgentsKnown && slug !== "" && !known;
  const missing = areAgentsKnown && agents.length === 0;
  const note = isUnknown ? <span className="text-degrading">No agent has the slug “{slug}”.</span> : hint;
  const found = matching(agents, search);
  const left = found.length - MOST_SHOWN;
  return (
    <Field
      label={label}
      path={place}
      className={className}
      error={error}
      hint={missing ? <CreateFirst kind="agent" /> : note}
    >
      {(ids) => (
        <Combobox
          {...ids}
          value={slug}
          shown={known?.name ?? slug}
          placeholder={none ?? "Choose an agent"}
          choices={[
            ...(none && !search ? [{ value: "", label: none }] : []),
            ...found.slice(0, MOST_SHOWN).map(choiceOf),
          ]}
          empty="No agent has that name."
          more={left > 0 && `${count(left)} more. Type to narrow the list.`}
          onSearch={setSearch}
          onChoose={(chosen) => set(chosen || (none ? null : ""))}
        />
      )}
    </Field>
  );
}

const choiceOf = ({ slug, name }: Primitive): Choice => ({
  value: slug,
  label: name,
  note: <code className="font-mono">{slug}</code>,
});

function matching(agents: readonly Primitive[], search: string): readonly Primitive[] {
  const wanted = search.trim().toLowerCase();
  return wanted === ""
    ? agents
    : agents.filter((one) => one.name.toLowerCase().includes(wanted) || one.slug.includes(wanted));
}
