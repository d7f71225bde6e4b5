import type { ReactNode } from "react";

export function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-t border-line px-4 py-3">
      <header className="mb-2 flex items-center text-xs">
        <h3 className="flex-1 font-medium text-ink-2">{title}</h3>
        {action}
      </header>
      {children}
    </section>
  );
}
