import { Link } from "@tanstack/react-router";

import type { Part } from "@/api/types";
import { useTick } from "@/lib/time/tick";
import { duration } from "@/lib/time/time";

/** How long a part took; one that goes on counts up. */
export function Took({ part }: { part: Pick<Part, "startedAt" | "finishedAt"> }) {
  const goesOn = part.startedAt !== null && part.finishedAt === null;
  const now = useTick(goesOn);
  if (part.startedAt === null) return <>—</>;
  const ended = part.finishedAt ? Date.parse(part.finishedAt) : now;
  return <>{duration(Math.max(0, ended - Date.parse(part.startedAt)))}</>;
}

/** The name of a part, which leads to its child run. */
export function PartLink({ part, name = part.name }: { part: Pick<Part, "runId" | "name">; name?: string }) {
  if (!part.runId) return <span className="font-medium">{name}</span>;
  return (
    <Link to="/runs/$id" params={{ id: part.runId }} className="font-medium text-accent hover:underline">
      {name}
    </Link>
  );
}

export function Tries({ part }: { part: Pick<Part, "tries"> }) {
  return part.tries > 1 ? (
    <span className="text-xs text-degrading" title={`Tried ${part.tries} times`}>
      ×{part.tries}
    </span>
  ) : null;
}
