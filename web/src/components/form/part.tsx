import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface PartProps {
  title: string;
  note?: ReactNode;
  children: ReactNode;
  /** Plain rows instead of two columns. */
  rows?: boolean;
  /** The dotted field name, if the part is about one field. */
  place?: string;
}

const FIELDS = "grid gap-x-4 gap-y-3 sm:grid-cols-2";

/** Class for a field that spans both columns. */
export const WIDE = "min-w-0 sm:col-span-2";

export function Part({ title, note, children, rows = false, place }: PartProps) {
  return (
    <fieldset data-field={place} className="min-w-0 rounded-lg border border-line bg-panel px-4 pt-3 pb-4">
      <legend className="sr-only">{title}</legend>
      <div className="mb-3">
        <p aria-hidden className="font-medium">
          {title}
        </p>
        {note && <p className="text-xs text-ink-3">{note}</p>}
      </div>
      <div className={rows ? "flex flex-col gap-3" : FIELDS}>{children}</div>
    </fieldset>
  );
}

function Folded({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className={cn("group", WIDE)}>
      <summary className="flex min-h-6 w-fit cursor-pointer items-center gap-1 rounded text-xs font-medium text-ink-2 hover:text-ink">
        <ChevronRight aria-hidden className="-ml-0.5 size-3.5 text-ink-3 group-open:rotate-90" />
        {title}
      </summary>
      {children}
    </details>
  );
}

/** Rarely used fields, collapsed; an error inside opens it. */
export function More({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Folded title={title}>
      <div className={cn("mt-2", FIELDS)}>{children}</div>
    </Folded>
  );
}

/** Collapsible help. */
export function Help({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Folded title={title}>
      <div className="mt-2 flex flex-col gap-2 rounded-md border border-line px-2.5 py-2 text-ink-2">{children}</div>
    </Folded>
  );
}

/** An error of a value without a single control. */
export function Refusal({ text }: { text: string | undefined }) {
  return text ? <p className="text-xs text-failing">{text}</p> : null;
}
