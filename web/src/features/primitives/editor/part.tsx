import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface PartProps {
  title: string;
  note?: ReactNode;
  children: ReactNode;
  /** Two columns of fields, or rows as they come. */
  rows?: boolean;
  place?: string;
}

/** One titled group of an editor. */
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
      <div className={rows ? "flex flex-col gap-3" : "grid gap-x-4 gap-y-3 sm:grid-cols-2"}>{children}</div>
    </fieldset>
  );
}

export const WIDE = "sm:col-span-2";

/** Fields that most have no need of; a refusal inside opens it. */
export function More({ label, open = false, children, className }: { label: string; open?: boolean; children: ReactNode; className?: string }) {
  return (
    <details open={open} className={cn("group min-w-0", className)}>
      <summary className="w-fit cursor-pointer rounded text-xs font-medium text-ink-2 hover:text-ink">{label}</summary>
      <div className="mt-3 grid gap-x-4 gap-y-3 sm:grid-cols-2">{children}</div>
    </details>
  );
}

/** A refusal of something that has no single control. */
export function Refusal({ text }: { text: string | undefined }) {
  return text ? <p className="text-xs text-failing">{text}</p> : null;
}
