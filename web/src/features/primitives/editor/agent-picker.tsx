import { Link } from "@tanstack/react-router";
import { ChevronsUpDown } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";

import type { Primitive } from "@/api/types";
import { Field, Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";

import type { Path } from "../path";
import { text } from "../reading";
import { useEditing, useField } from "./context";

interface AgentPickerProps {
  path: Path;
  label: string;
  hint?: string;
  className?: string;
  /** What an empty choice is called, where there may be one. */
  none?: string;
}

const MOST_SHOWN = 50;

/** An agent, chosen from those that exist by typing a part of its name; a slug of no agent stays, and is told. */
export function AgentPicker({ path, label, hint, className, none }: AgentPickerProps) {
  const { agents, areAgentsKnown } = useEditing();
  const { value, set, error, place } = useField(path);
  const slug = text(value);
  const known = agents.find((one) => one.slug === slug);
  const isUnknown = areAgentsKnown && slug !== "" && !known;
  const missing = areAgentsKnown && agents.length === 0;
  const note = isUnknown ? <span className="text-degrading">There is no agent “{slug}”.</span> : hint;
  return (
    <div data-field={place} className={cn("min-w-0", className)}>
      <Field label={label} error={error} hint={missing ? <MakeOne /> : note}>
        {(ids) => <Combobox ids={ids} slug={slug} name={known?.name ?? slug} agents={agents} none={none} onChoose={(chosen) => set(chosen || (none ? null : ""))} />}
      </Field>
    </div>
  );
}

function MakeOne() {
  return (
    <>
      There is no agent yet.{" "}
      <Link to="/primitives/new" search={{ kind: "agent" }} className="text-accent underline">
        Make an agent first
      </Link>
    </>
  );
}

interface ComboboxProps {
  ids: { id: string; "aria-describedby": string; "aria-invalid": boolean };
  slug: string;
  name: string;
  agents: readonly Primitive[];
  none: string | undefined;
  onChoose: (slug: string) => void;
}

interface Option {
  slug: string;
  name: string;
}

function Combobox({ ids, slug, name, agents, none, onChoose }: ComboboxProps) {
  const listId = useId();
  // What is typed; nothing while the list is closed.
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const open = typed !== undefined;
  const found = matching(agents, typed ?? "");
  const options: Option[] = [...(none && !typed ? [{ slug: "", name: none }] : []), ...found.slice(0, MOST_SHOWN)];
  const begin = () => {
    setTyped("");
    setActive(Math.max(0, options.findIndex((one) => one.slug === slug)));
  };
  const choose = (option: Option | undefined) => {
    setTyped(undefined);
    if (option && option.slug !== slug) onChoose(option.slug);
  };

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (open) setActive((now) => Math.min(options.length - 1, Math.max(0, now + step)));
      else begin();
    } else if (open && event.key === "Enter") {
      event.preventDefault();
      choose(options[active]);
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      setTyped(undefined);
    }
  }

  return (
    <div className="relative">
      <Input
        {...ids}
        role="combobox"
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={open && options[active] ? `${listId}-${active}` : undefined}
        value={typed ?? name}
        placeholder={open && name ? name : (none ?? "Choose an agent")}
        onClick={() => !open && begin()}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTyped(undefined)}
        className="pr-7"
      />
      <ChevronsUpDown className="pointer-events-none absolute top-2 right-2 size-4 text-ink-3" strokeWidth={1.6} />
      <ul
        id={listId}
        role="listbox"
        aria-label="Agents"
        hidden={!open}
        className="absolute inset-x-0 top-full z-30 mt-1 max-h-64 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-pop"
      >
        {open && options.map((option, index) => (
          <li
            key={option.slug}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={option.slug === slug}
            ref={index === active ? intoView : undefined}
            onMouseDown={(event) => {
              // The field keeps the focus.
              event.preventDefault();
              choose(option);
            }}
            className={cn("flex h-7 cursor-pointer items-center gap-2 rounded px-2", index === active && "bg-sunken", option.slug === slug && "font-medium text-accent")}
          >
            <span className="min-w-0 flex-1 truncate">{option.name}</span>
            <span className="truncate font-mono text-2xs text-ink-3">{option.slug}</span>
          </li>
        ))}
        {open && found.length > MOST_SHOWN && <li role="presentation" className="px-2 py-1 text-xs text-ink-3">{found.length - MOST_SHOWN} more: type to narrow them down</li>}
        {open && options.length === 0 && <li role="presentation" className="px-2 py-1 text-ink-3">No agent is called so.</li>}
      </ul>
    </div>
  );
}

function intoView(element: HTMLLIElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

function matching(agents: readonly Primitive[], typed: string): readonly Primitive[] {
  const wanted = typed.trim().toLowerCase();
  return wanted === "" ? agents : agents.filter((one) => one.name.toLowerCase().includes(wanted) || one.slug.includes(wanted));
}
