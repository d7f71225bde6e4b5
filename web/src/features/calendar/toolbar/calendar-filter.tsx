import { useQuery } from "@tanstack/react-query";
import { Popover } from "radix-ui";
import { useRef, useState } from "react";

import { liveListQuery } from "@/api/live";
import { primitiveChoicesQuery } from "@/api/primitives";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/field";
import { useOverlayPlace } from "@/components/ui/overlay";
import { count } from "@/lib/text/format";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { useDebounced } from "@/lib/use-debounced";

const RESTS_MS = 120;

/** Slugs; none means all. */
export interface FilterChoice {
  agents: string[];
  automations: string[];
}

interface CalendarFilterProps {
  chosen: FilterChoice;
  onChange: (chosen: FilterChoice) => void;
}

/** Filters by agents and by single automations, found by search. */
export function CalendarFilter({ chosen, onChange }: CalendarFilterProps) {
  const place = useOverlayPlace();
  const number = chosen.agents.length + chosen.automations.length;
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button look={number > 0 ? "primary" : "plain"} size="sm">
          Agents and automations {number > 0 && count(number)}
        </Button>
      </Popover.Trigger>
      <Popover.Portal container={place}>
        <Popover.Content
          align="end"
          sideOffset={4}
          aria-label="Filter by agent or automation"
          className="z-50 flex max-h-[70vh] w-72 max-w-[calc(100vw-1rem)] appear flex-col rounded-md border border-line bg-raised p-2 shadow-pop"
        >
          <Choices chosen={chosen} onChange={onChange} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choices({ chosen, onChange }: CalendarFilterProps) {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const search = useDebounced(text.trim(), RESTS_MS);
  const list = useQuery(liveListQuery({ sort: "name", ...(search ? { search } : {}) }));
  const agents = useQuery(primitiveChoicesQuery("agent", search)).data ?? [];
  const first = list.data;
  const found = first?.automations ?? [];
  const left = (first?.summary.total ?? 0) - found.length;

  function toggle(what: keyof FilterChoice, slug: string) {
    const known = chosen[what];
    onChange({ ...chosen, [what]: known.includes(slug) ? known.filter((one) => one !== slug) : [...known, slug] });
  }

  return (
    <>
      <Input
        ref={box}
        type="search"
        aria-label="Search agents and automations"
        placeholder="Search agents and automations"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="mt-1.5 min-h-0 flex-1 overflow-y-auto">
        <Group label="Agents" choices={agents} chosen={chosen.agents} onToggle={(slug) => toggle("agents", slug)} />
        {KIND_LIST.map((kind) => (
          <Group
            key={kind}
            label={`${KINDS[kind].label} automations`}
            choices={found.filter((one) => one.primitiveType === kind)}
            chosen={chosen.automations}
            onToggle={(slug) => toggle("automations", slug)}
          />
        ))}
        {first && found.length + agents.length === 0 && <p className="px-1 py-2 text-ink-3">No matches.</p>}
        {left > 0 && (
          <p className="px-1 py-1.5 text-xs text-ink-3">{count(left)} more automations. Search to find them.</p>
        )}
      </div>
      {chosen.agents.length + chosen.automations.length > 0 && (
        <Button
          look="quiet"
          size="sm"
          className="mt-1.5 justify-center"
          onClick={() => {
            onChange({ agents: [], automations: [] });
            box.current?.focus();
          }}
        >
          Clear
        </Button>
      )}
    </>
  );
}

interface GroupProps {
  label: string;
  choices: readonly { id: string; slug: string; name: string }[];
  chosen: readonly string[];
  onToggle: (slug: string) => void;
}

function Group({ label, choices, chosen, onToggle }: GroupProps) {
  if (choices.length === 0) return null;
  return (
    <fieldset className="min-w-0">
      <legend className="px-1 pt-1.5 pb-0.5 text-2xs font-medium text-ink-3">{label}</legend>
      {choices.map((one) => (
        <label key={one.id} className="flex h-7 cursor-pointer items-center gap-2 rounded px-1 hover:bg-sunken">
          <Checkbox label={one.name} checked={chosen.includes(one.slug)} onChange={() => onToggle(one.slug)} />
          <span className="truncate">{one.name}</span>
        </label>
      ))}
    </fieldset>
  );
}
