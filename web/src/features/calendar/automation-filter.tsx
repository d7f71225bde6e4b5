import { useInfiniteQuery } from "@tanstack/react-query";
import { Popover } from "radix-ui";
import { useState } from "react";

import { liveListQuery } from "@/api/live";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input } from "@/components/ui/field";
import { count } from "@/lib/format";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { useDebounced } from "@/lib/use-debounced";

const RESTS_MS = 120;

interface AutomationFilterProps {
  /** Slugs; none means all. */
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses single automations within their primitives, of however many there are. */
export function AutomationFilter({ chosen, onChange }: AutomationFilterProps) {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button look={chosen.length > 0 ? "primary" : "plain"} size="sm">
          Automations {chosen.length > 0 && count(chosen.length)}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          aria-label="Which automations"
          className="appear z-50 flex max-h-[70vh] w-72 max-w-[calc(100vw-1rem)] flex-col rounded-md border border-line bg-raised p-2 shadow-pop"
        >
          <Choices chosen={chosen} onChange={onChange} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choices({ chosen, onChange }: AutomationFilterProps) {
  const [text, setText] = useState("");
  const search = useDebounced(text.trim(), RESTS_MS);
  const list = useInfiniteQuery(liveListQuery({ sort: "name", ...(search ? { search } : {}) }));
  const first = list.data?.pages[0];
  const found = first?.automations ?? [];
  const left = (first?.summary.total ?? 0) - found.length;

  function toggle(slug: string) {
    onChange(chosen.includes(slug) ? chosen.filter((one) => one !== slug) : [...chosen, slug]);
  }

  return (
    <>
      <Input
        type="search"
        aria-label="Search automations"
        placeholder="Search automations"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="mt-1.5 min-h-0 flex-1 overflow-y-auto">
        {KIND_LIST.map((kind) => {
          const ofKind = found.filter((one) => one.primitiveType === kind);
          if (ofKind.length === 0) return null;
          return (
            <fieldset key={kind} className="min-w-0">
              <legend className="px-1 pt-1.5 pb-0.5 text-2xs font-medium text-ink-3">{KINDS[kind].plural}</legend>
              {ofKind.map((one) => (
                <label key={one.id} className="flex h-7 cursor-pointer items-center gap-2 rounded px-1 hover:bg-sunken">
                  <Checkbox label={one.name} checked={chosen.includes(one.slug)} onChange={() => toggle(one.slug)} />
                  <span className="truncate">{one.name}</span>
                </label>
              ))}
            </fieldset>
          );
        })}
        {first && found.length === 0 && <p className="px-1 py-2 text-ink-3">No automation is called so.</p>}
        {left > 0 && <p className="px-1 py-1.5 text-xs text-ink-3">and {count(left)} more: search for them</p>}
      </div>
      {chosen.length > 0 && (
        <Button look="quiet" size="sm" className="mt-1.5 justify-center" onClick={() => onChange([])}>
          Show all again
        </Button>
      )}
    </>
  );
}
