import { X } from "lucide-react";

import { Refusal } from "@/components/form/part";
import { cn } from "@/lib/cn";

import { at, type Path } from "../../spec/path";
import { list, text } from "../../spec/read";
import { stepsOf } from "../../spec/steps";
import { useEditing, useField } from "../editing";

/** The steps that a step needs, as toggles; an unknown key stays until it is removed. */
export function NeedsField({ path, className }: { path: Path; className?: string }) {
  const { spec } = useEditing();
  const { value, set, error, place } = useField([...path, "needs"], "with parts");
  const needs = list(value).map(text);
  const own = text(at(spec, [...path, "key"]));
  const others = [...new Set(stepsOf(spec).map((step) => text(step.key)))].filter((key) => key && key !== own);
  const unknown = [...new Set(needs)].filter((need) => !others.includes(need));
  const toggle = (key: string) => set(needs.includes(key) ? needs.filter((need) => need !== key) : [...needs, key]);
  return (
    <div role="group" aria-label="Waits for" data-field={place} className={className}>
      <p className="mb-1 text-xs font-medium text-ink-2">Waits for</p>
      <div className="flex flex-wrap items-center gap-1.5">
        {others.map((key) => (
          <button
            key={key}
            type="button"
            aria-pressed={needs.includes(key)}
            onClick={() => toggle(key)}
            className={cn(
              "h-6 rounded-full border px-2.5 font-mono text-2xs",
              needs.includes(key)
                ? "border-accent bg-accent-soft font-medium text-accent"
                : "border-line text-ink-2 hover:bg-sunken",
            )}
          >
            {key}
          </button>
        ))}
        {unknown.map((key) => (
          <button
            key={key}
            type="button"
            aria-label={`Remove ${key}, which is not a step`}
            onClick={() => toggle(key)}
            className="flex h-6 items-center gap-1 rounded-full border border-degrading px-2.5 font-mono text-2xs text-degrading"
          >
            {key || "?"} <X className="size-3" />
          </button>
        ))}
        {others.length === 0 && unknown.length === 0 && <span className="text-xs text-ink-3">No other steps.</span>}
      </div>
      <Refusal text={error} />
    </div>
  );
}
