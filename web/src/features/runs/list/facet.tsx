import { type ReactNode, useId, useState } from "react";

import type { RunCount } from "@/api/types";
import { cn } from "@/lib/cn";
import { countWords } from "@/lib/words/counts";

export interface FacetValue<Value extends string> {
  value: Value;
  label: ReactNode;
  /** Shown on hover, where the label may be cut. */
  title?: string | undefined;
  count?: RunCount | undefined;
}

interface FacetProps<Value extends string> {
  label: string;
  values: readonly FacetValue<Value>[];
  chosen: readonly Value[];
  onChange: (chosen: Value[]) => void;
  /** How many are shown at first; those that are chosen always are. */
  first?: number;
}

/** The values of a filter with their counts; any number can be chosen, none means all. */
export function Facet<Value extends string>({ label, values, chosen, onChange, first = 10 }: FacetProps<Value>) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? values : values.filter((one, index) => index < first || chosen.includes(one.value));
  if (values.length === 0) return null;
  return (
    <div role="group" aria-labelledby={id} className="flex flex-col">
      <h2 id={id} className="px-2 pb-0.5 text-xs font-medium text-ink-3">
        {label}
      </h2>
      {shown.map(({ value, label: text, title, count }) => {
        const isChosen = chosen.includes(value);
        return (
          <button
            key={value}
            type="button"
            aria-pressed={isChosen}
            title={title}
            onClick={() => onChange(isChosen ? chosen.filter((one) => one !== value) : [...chosen, value])}
            className={cn(
              "flex h-7 min-w-0 items-center gap-2 rounded-md px-2 text-left text-xs",
              isChosen ? "bg-accent-soft font-medium text-accent" : "text-ink-2 hover:bg-sunken hover:text-ink",
            )}
          >
            <span className="flex min-w-0 flex-1 items-center gap-1.5 truncate">{text}</span>
            {count && (
              <span className={cn("shrink-0 text-2xs tabular-nums", isChosen ? "text-accent" : "text-ink-3")}>
                {countWords(count)}
              </span>
            )}
          </button>
        );
      })}
      {values.length > first && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="h-7 rounded-md px-2 text-left text-xs text-ink-3 hover:bg-sunken hover:text-ink"
        >
          {isOpen ? "Show fewer" : `${values.length - shown.length} more`}
        </button>
      )}
    </div>
  );
}
