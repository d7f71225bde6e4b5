import { Switch as Radix } from "radix-ui";

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: string;
  disabled?: boolean;
  /** While saving: keeps the focus and ignores further changes. */
  busy?: boolean;
}

export function Switch({ checked, onChange, label, disabled, busy = false }: SwitchProps) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={(next) => !busy && onChange(next)}
      disabled={disabled ?? false}
      aria-label={label}
      aria-busy={busy}
      aria-disabled={busy || undefined}
      // The touch target is higher than the visible switch.
      className="relative inline-flex h-6 w-7 shrink-0 items-center rounded-full before:absolute before:inset-x-0 before:inset-y-1 before:rounded-full before:bg-line-control before:transition-colors disabled:opacity-50 aria-busy:opacity-50 data-[state=checked]:before:bg-accent"
    >
      <Radix.Thumb className="relative block size-3 translate-x-0.5 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-[14px] dark:data-[state=checked]:bg-accent-ink" />
    </Radix.Root>
  );
}
