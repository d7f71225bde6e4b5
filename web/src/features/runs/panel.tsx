import type { ReactNode } from "react";

interface PanelProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section aria-label={title} className="min-w-0 rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <div className="mb-2 flex min-h-6 flex-wrap items-center gap-1.5">
        <h2 className="mr-auto font-medium">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** What a run of an older version did not record. */
export function NotRecorded({ children }: { children?: ReactNode }) {
  return (
    <span className="text-ink-3" title="An older version of Podium ran it">
      {children ?? "not recorded"}
    </span>
  );
}
