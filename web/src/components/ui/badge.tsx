import type { ComponentProps } from "react";

import { cn } from "@/lib/cn";

export function Badge({ className, ...rest }: ComponentProps<"span">) {
  return (
    <span
      data-badge
      className={cn(
        "inline-flex h-[18px] items-center justify-center gap-1 rounded px-1.5 text-2xs font-medium whitespace-nowrap",
        className,
      )}
      {...rest}
    />
  );
}
