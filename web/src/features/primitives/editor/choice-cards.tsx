import type { LucideIcon } from "lucide-react";
import { useId } from "react";

import { cn } from "@/lib/cn";

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  note?: string;
  icon?: LucideIcon;
  /** The colour of the icon while it is not chosen. */
  tint?: string;
}

interface ChoiceCardsProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: string;
  onChange: (value: Value) => void;
  className?: string;
}

/** One of a few, each with a line that says what it is; the radio buttons of the browser, so that arrows move. */
export function ChoiceCards<Value extends string>({ label, choices, value, onChange, className }: ChoiceCardsProps<Value>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={cn("grid gap-2", className)}>
      {choices.map(({ value: own, label: title, note, icon: Icon, tint }) => (
        <label
          key={own}
          className={cn(
            "relative flex min-w-0 cursor-pointer flex-col rounded-md border px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent",
            own === value ? "border-accent bg-accent-soft" : "border-line hover:bg-sunken",
          )}
        >
          <input
            type="radio"
            name={name}
            value={own}
            checked={own === value}
            onChange={() => onChange(own)}
            className="absolute inset-0 size-full cursor-pointer opacity-0"
          />
          <span className={cn("flex items-center gap-1.5 font-medium", own === value && "text-accent")}>
            {Icon && <Icon className={cn("size-4 shrink-0", own !== value && tint)} strokeWidth={1.8} />}
            {title}
          </span>
          {note && <span className="text-xs text-ink-2">{note}</span>}
        </label>
      ))}
    </div>
  );
}
