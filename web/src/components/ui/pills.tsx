import type { ReactNode } from "react";

import { cn } from "@/lib/cn";
import { count } from "@/lib/text/format";

export interface Pill<Value extends string> {
  value: Value;
  label: ReactNode;
  count?: number | undefined;
}

interface PillsProps<Value extends string> {
  label: string;
  pills: readonly Pill<Value>[];
  chosen: readonly Value[];
  onChange: (chosen: Value[]) => void;
}

/** Filter buttons, any number selected; none means all. */
export function Pills<Value extends string>({ label, pills, chosen, onChange }: PillsProps<Value>) {
  return (
    <div
      role="group"
      aria-label={label}
      className="flex max-w-full shrink-0 items-center gap-0.5 max-lg:overflow-x-auto"
    >
      <PillButton pressed={chosen.length === 0} onClick={() => chosen.length > 0 && onChange([])}>
        All
      </PillButton>
      {pills.map((pill) => {
        const pressed = chosen.includes(pill.value);
        return (
          <PillButton
            key={pill.value}
            pressed={pressed}
            onClick={() => onChange(pressed ? chosen.filter((one) => one !== pill.value) : [...chosen, pill.value])}
          >
            {pill.label}
            {pill.count !== undefined && (
              <span className={cn("text-2xs", pressed ? "text-accent" : "text-ink-3")}>{count(pill.count)}</span>
            )}
          </PillButton>
        );
      })}
    </div>
  );
}

function PillButton({ pressed, onClick, children }: { pressed: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className={cn(
        "inline-flex h-6 items-center gap-1.5 rounded-full px-2.5 text-xs whitespace-nowrap transition-colors",
        pressed
          ? "bg-accent-soft font-medium text-accent ring-1 ring-accent ring-inset"
          : "text-ink-2 hover:bg-sunken hover:text-ink",
      )}
    >
      {children}
    </button>
  );
}
