import type { ReactNode } from "react";

interface PanelProps {
  title: string;
  id?: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** A part of the page. */
export function Panel({ title, id, aside, children }: PanelProps) {
  return (
    <section id={id} aria-label={title} className="min-w-0 rounded-lg border border-line bg-panel px-3.5 pt-2.5 pb-3">
      <header className="mb-1.5 flex flex-wrap items-baseline gap-x-3">
        <h2 className="font-medium">{title}</h2>
        <span className="min-w-0 flex-1 text-right text-xs text-ink-3">{aside}</span>
      </header>
      {children}
    </section>
  );
}
