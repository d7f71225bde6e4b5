import type { LucideIcon } from "lucide-react";
import { useId } from "react";

import { cn } from "@/lib/cn";

import { WIDE } from "./part";

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  note?: string;
  icon?: LucideIcon;
  /** The colour of the icon while not selected. */
  tint?: string;
  disabled?: boolean;
}

interface ChoiceCardsProps<Value extends string> {
  label: string;
  /** The dotted field name in the API. */
  path: string;
  choices: readonly Choice<Value>[];
  value: string;
  onChange: (value: Value) => void;
  className?: string;
}

/** Five short options in a row. */
const FIVE = "grid-cols-2 min-[30rem]:grid-cols-3 sm:grid-cols-5";

/** Radio buttons with a description each; native inputs, so that arrow keys work. */
export function ChoiceCards<Value extends string>({
  label,
  path,
  choices,
  value,
  onChange,
  className = FIVE,
}: ChoiceCardsProps<Value>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} data-field={path} className={cn("grid gap-2", WIDE, className)}>
      {choices.map(({ value: own, label: title, note, icon: Icon, tint, disabled }) => (
        <label
          key={own}
          className={cn(
            "relative flex min-w-0 flex-col rounded-md border px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent has-disabled:opacity-40",
            own === value
              ? "border-accent bg-accent-soft shadow-[inset_0_0_0_1px_var(--accent)]"
              : "border-line-control not-has-disabled:hover:bg-sunken",
          )}
        >
          <input
            type="radio"
            name={name}
            value={own}
            checked={own === value}
            disabled={disabled}
            onChange={() => onChange(own)}
            className="absolute inset-0 size-full cursor-pointer opacity-0 disabled:cursor-not-allowed"
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
