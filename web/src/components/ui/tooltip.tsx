import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { useOverlayPlace } from "./overlay";

export const TooltipProvider = Radix.Provider;

interface TooltipProps {
  text: ReactNode;
  children: ReactNode;
  side?: "top" | "bottom" | "left" | "right";
}

export function Tooltip({ text, children, side = "top" }: TooltipProps) {
  const place = useOverlayPlace();
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal container={place}>
        <Radix.Content
          side={side}
          sideOffset={5}
          collisionPadding={8}
          className="z-50 max-w-72 appear rounded-md border border-line bg-raised px-2 py-1 text-xs text-ink shadow-pop"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
