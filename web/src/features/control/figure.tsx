import type { ReactNode } from "react";

import { AddressLink } from "@/components/address-link";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";

interface FigureProps {
  label: string;
  /** Shown on hover and focus. */
  definition: string;
  /** What is behind the number: an address within the page, or one of Temporal's. */
  address: string;
  outside?: boolean;
  note?: ReactNode;
  className?: string;
  /** The label before the number instead of above it. */
  inline?: boolean;
  children: ReactNode;
}

/** A number with its definition, which leads to what is behind it. */
export function Figure({ label, definition, address, outside, note, className, inline, children }: FigureProps) {
  const look = cn(
    "-mx-1.5 flex min-h-6 min-w-0 rounded px-1.5 hover:bg-sunken",
    inline ? "items-center gap-2" : "flex-col py-0.5",
  );
  const inside = (
    <>
      <span className={cn("truncate text-xs text-ink-2", inline && "flex-1")}>{label}</span>{" "}
      <span className={cn("font-semibold whitespace-nowrap", className)}>{children}</span>
      {note && <span className="text-2xs text-ink-3"> {note}</span>}
    </>
  );
  return (
    <Tooltip text={definition}>
      {outside ? (
        <a href={address} target="_blank" rel="noreferrer" className={look}>
          {inside}
        </a>
      ) : (
        <AddressLink address={address} className={look}>
          {inside}
        </AddressLink>
      )}
    </Tooltip>
  );
}
