import type { ReactNode } from "react";

import { Change } from "./change";

export interface Figure {
  name: string;
  before: string | null;
  after: string;
  note?: ReactNode;
}

/** Figures before and after, one a line. */
export function Figures({ label, figures }: { label: string; figures: readonly Figure[] }) {
  return (
    <dl aria-label={label} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5">
      {figures.map(({ name, before, after, note }) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="text-right [overflow-wrap:anywhere] tabular-nums">
            <Change before={before} after={after} />
            {note && <span className="block text-xs text-ink-3">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
