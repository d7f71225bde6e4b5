import { Link } from "@tanstack/react-router";
import { useState } from "react";

import type { Queue, WaitingRun } from "@/api/types";
import { When } from "@/components/labels";
import { HELD_BY } from "@/lib/words/flow-control";

import type { Chosen } from "./queue-dialog";
import { QueueButtons } from "./queue-buttons";

const FIRST = 5;

interface WaitingRunsProps {
  queue: Queue;
  onChoose: ((chosen: Chosen) => void) | undefined;
}

/** The first waiting runs: what holds them, and since when. */
export function WaitingRuns({ queue: { runs }, onChoose }: WaitingRunsProps) {
  const [whole, showWhole] = useState(false);
  return (
    <>
      <ol aria-label="Waiting runs" className="mt-3 flex max-h-80 flex-col overflow-y-auto">
        {runs.slice(0, whole ? runs.length : FIRST).map((run) => (
          <li key={run.runId} className="flex min-h-7 items-center gap-2">
            <span className="w-6 shrink-0 text-right text-xs text-ink-3">{run.position}</span>
            <Link
              to="/runs/$id"
              params={{ id: run.runId }}
              className="min-w-0 flex-1 truncate text-accent hover:underline"
            >
              {run.key || `Run ${run.runId.slice(-8)}`}
            </Link>
            <Held run={run} />
            <When at={run.since} className="w-16 shrink-0 text-right text-xs text-ink-3" />
            {onChoose && (
              <QueueButtons
                of={{ selection: { runIds: [run.runId] }, what: `waiting run ${run.position}` }}
                onChoose={onChoose}
              />
            )}
          </li>
        ))}
      </ol>
      {!whole && runs.length > FIRST && (
        <button
          type="button"
          className="mt-1 min-h-6 text-xs text-accent hover:underline"
          onClick={() => showWhole(true)}
        >
          Show {runs.length - FIRST} more
        </button>
      )}
    </>
  );
}

function Held({ run }: { run: WaitingRun }) {
  const { label, meaning } = HELD_BY[run.by];
  return (
    <span title={meaning} className="shrink-0 text-xs text-ink-2">
      {label}
      {run.notBefore && (
        <>
          , starts <When at={run.notBefore} />
        </>
      )}
    </span>
  );
}
