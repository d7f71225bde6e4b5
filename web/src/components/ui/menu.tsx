import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

import { useOverlayPlace } from "./overlay";

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}

export function Menu({ trigger, children, align = "end" }: MenuProps) {
  const place = useOverlayPlace();
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={place}>
        <Radix.Content
          align={align}
          sideOffset={4}
          className="z-50 max-h-[70vh] min-w-44 appear overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const ITEM =
  "flex h-7 cursor-pointer items-center gap-2 rounded px-2 text-sm outline-none select-none data-[highlighted]:active-option data-[disabled]:opacity-50";

interface MenuItemProps {
  children: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
}

export function MenuItem({ children, onSelect, danger, disabled }: MenuItemProps) {
  return (
    <Radix.Item disabled={disabled ?? false} onSelect={onSelect} className={cn(ITEM, danger && "text-failing")}>
      {children}
    </Radix.Item>
  );
}

export function MenuChoice({
  children,
  chosen,
  onSelect,
}: {
  children: ReactNode;
  chosen: boolean;
  onSelect: () => void;
}) {
  return (
    <Radix.CheckboxItem checked={chosen} onSelect={onSelect} className={ITEM}>
      <Check className={cn("size-3.5 text-accent", !chosen && "invisible")} />
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-2xs font-medium text-ink-3">{children}</Radix.Label>;
}

export function MenuRule() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
