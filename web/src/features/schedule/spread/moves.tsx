import type { SpreadMove } from "@/api/load";
import { count } from "@/lib/text/format";

import { BECAUSE, shiftInWords } from "./words";

/** More names are not readable, and thousands would slow down the page. */
const MOST_SHOWN = 100;

/** What moves: its time now, its new time, and why. */
export function Moves({ moves }: { moves: readonly SpreadMove[] }) {
  const more = moves.length - MOST_SHOWN;
  return (
    <ul
      aria-label="Moves"
      className="max-h-64 divide-y divide-line overflow-y-auto rounded-md border border-line bg-sunken/50 px-2.5"
    >
      {moves.slice(0, MOST_SHOWN).map((move) => (
        <li key={move.automationId} className="py-1.5">
          <p className="flex gap-2">
            <span className="min-w-0 flex-1 truncate font-medium">{move.name}</span>
            <span className="whitespace-nowrap text-ink-2">{shiftInWords(move.shiftMinutes)}</span>
          </p>
          <p className="text-xs text-ink-2" title={`${move.cronFrom} → ${move.cronTo} in ${move.timezone}`}>
            {move.textFrom} → {move.textTo}
            <span className="text-ink-3">
              {" "}
              ({move.timezone}; {BECAUSE[move.because]}
              {move.wanted !== move.cronFrom && `; its own time is ${move.wanted}`})
            </span>
          </p>
        </li>
      ))}
      {more > 0 && <li className="py-1.5 text-ink-3">and {count(more)} more</li>}
    </ul>
  );
}
