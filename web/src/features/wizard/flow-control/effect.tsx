import type { WhatIfAutomation } from "@/api/load";
import { droppedText, waitsSentence } from "@/features/what-if/words";

import type { Asked } from "../what-if/use-what-if";

/** What the limits do to the runs of the next day, in a sentence for now and one for after saving. */
export function Effect({ asked }: { asked: Asked }) {
  const mine = asked.answer.data?.automations[0];
  if (!asked.asks || !mine) return null;
  return (
    <div
      role="note"
      aria-label="What the limits do"
      aria-busy={asked.outdated}
      className={`rounded-md bg-sunken/60 px-2.5 py-1.5 text-xs text-ink-2 ${asked.outdated ? "opacity-60" : ""}`}
    >
      <p className="text-ink-3">In the next 24 hours, by a simulation:</p>
      {mine.before && <Line name="Now" side={mine.before} />}
      <Line name="With these limits" side={mine.after} />
    </div>
  );
}

function Line({ name, side }: { name: string; side: WhatIfAutomation["after"] }) {
  const dropped = droppedText(side.flow);
  return (
    <p>
      <span className="font-medium">{name}:</span> {waitsSentence(side.waits)}
      {dropped !== "none" && ` Dropped: ${dropped}.`}
    </p>
  );
}
