import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import type { MouseEvent } from "react";

interface CheckboxProps {
  checked: boolean | "indeterminate";
  onChange: (checked: boolean) => void;
  label: string;
  onClick?: (event: MouseEvent) => void;
}

export function Checkbox({ checked, onChange, label, onClick }: CheckboxProps) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={(next) => onChange(next === true)}
      onClick={onClick}
      aria-label={label}
      className="inline-flex size-4 shrink-0 items-center justify-center rounded border border-line-control bg-panel text-accent-ink data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent"
    >
      <Radix.Indicator>
        {checked === "indeterminate" ? <Minus className="size-3" /> : <Check className="size-3" strokeWidth={3} />}
      </Radix.Indicator>
    </Radix.Root>
  );
}
