import type { ReactNode } from "react";

interface ChangeProps {
  before: string | null;
  after: string;
}

/** A figure before and after; a single one where nothing changes, or nothing was before. */
export function Change({ before, after }: ChangeProps): ReactNode {
  if (before === null || before === after) return after;
  return (
    <>
      <span className="text-ink-2">{before}</span> <span aria-hidden>→</span>
      <span className="sr-only">becomes</span> <span className="font-medium">{after}</span>
    </>
  );
}
