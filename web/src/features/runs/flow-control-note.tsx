import { Link } from "@tanstack/react-router";

import type { RunOverview } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";
import { HELD_BY, waitingFor } from "@/lib/words/flow-control";
import { standInOf } from "@/lib/words/reasons";

/** What flow control has made of a run: what it waits for, or which run stands for it. */
export function FlowControlNote({ run }: { run: RunOverview }) {
  const open = useOpenAutomation();
  const { held, foldedInto, automation } = run;
  if (!held && !foldedInto) return null;
  return (
    <p role="note" className="rounded-lg border border-line bg-panel px-3.5 py-2.5">
      {held && (
        <>
          <span className="font-medium">
            {held.detail ? `Waiting for ${held.detail.replace(/,$/, "")}` : capital(waitingFor(held))}.
          </span>{" "}
          {HELD_BY[held.by].meaning}
          {held.position && ` It is number ${held.position} in the queue.`}{" "}
          {held.by === "budget" && (
            <Link to="/budgets" className="text-accent hover:underline">
              Show budgets
            </Link>
          )}
          {automation && held.by !== "capacity" && held.by !== "budget" && (
            <button type="button" className="min-h-6 text-accent hover:underline" onClick={() => open(automation.slug)}>
              Show the queue
            </button>
          )}
        </>
      )}
      {foldedInto && (
        // The sentence above says why it was skipped.
        <Link to="/runs/$id" params={{ id: foldedInto }} className="text-accent hover:underline">
          Show the {standInOf(run.reason)}
        </Link>
      )}
    </p>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
