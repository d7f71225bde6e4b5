import { Switch as Radix } from "radix-ui";

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  disabled?: boolean;
}

export function Switch({ checked, onChange, label, disabled }: SwitchProps) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled ?? false}
      aria-label={label}
      // As high as a finger needs; what is seen of it is lower.
      className="relative inline-flex h-6 w-7 shrink-0 items-center rounded-full before:absolute before:inset-x-0 before:inset-y-1 before:rounded-full before:bg-line-strong before:transition-colors data-[state=checked]:before:bg-accent disabled:opacity-50"
    >
      <Radix.Thumb className="relative block size-3 translate-x-0.5 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-[14px] dark:data-[state=checked]:bg-accent-ink" />
    </Radix.Root>
  );
}
