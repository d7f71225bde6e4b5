import type { ComponentProps, ReactNode } from "react";

import { cn } from "@/lib/cn";
import type { Shape } from "@/lib/words/statuses";

const line = { fill: "none", stroke: "currentColor", strokeWidth: 2, strokeLinecap: "round" } as const;

const SHAPES: Record<Shape, ReactNode> = {
  disc: <circle cx="5" cy="5" r="4" fill="currentColor" />,
  cross: <path d="M1.8 1.8l6.4 6.4M8.2 1.8l-6.4 6.4" {...line} strokeWidth={2.4} />,
  ring: <circle cx="5" cy="5" r="3.4" {...line} strokeWidth={1.6} />,
  target: (
    <>
      <circle cx="5" cy="5" r="4.2" {...line} strokeWidth={1.2} />
      <circle cx="5" cy="5" r="2" fill="currentColor" />
    </>
  ),
  bars: <path d="M3 2v6M7 2v6" {...line} />,
  dash: <path d="M1.8 5h6.4" {...line} />,
  square: <rect x="1.8" y="1.8" width="6.4" height="6.4" rx="1" fill="currentColor" />,
  triangle: <path d="M5 1.2l4.2 7.6H.8z" fill="currentColor" />,
};

/** A small icon that differs by shape as well as by colour. */
export function Mark({ shape, className, ...rest }: ComponentProps<"svg"> & { shape: Shape }) {
  return (
    <svg viewBox="0 0 10 10" aria-hidden="true" className={cn("inline-block size-2.5 shrink-0", className)} {...rest}>
      {SHAPES[shape]}
    </svg>
  );
}
