import { Users } from "lucide-react";

import { Button } from "@/components/ui/button";

import { differing } from "./merge";

interface ConflictProps<Form> {
  /** The noun for what is edited: "automation", "agent". */
  what: string;
  base: Form;
  mine: Form;
  theirs: Form;
  /** The label of a field, by its dotted name. */
  nameOf: (path: string) => string;
  onMerge: () => void;
  onTheirs: () => void;
}

/** Shown if somebody else saved a newer revision: what changed, and how to continue. */
export function Conflict<Form extends object>({
  what,
  base,
  mine,
  theirs,
  nameOf,
  onMerge,
  onTheirs,
}: ConflictProps<Form>) {
  const changed = differing(base, theirs);
  const both = differing(base, mine).filter((path) => changed.includes(path));
  const namesOf = (paths: readonly string[]) => [...new Set(paths.map(nameOf))].join(", ");
  return (
    <div role="alert" className="rounded-lg border border-degrading/50 bg-panel px-3.5 py-2.5">
      <p className="flex items-center gap-1.5 font-medium">
        <Users aria-hidden className="size-4 shrink-0 text-degrading" />
        Someone changed this {what} while you were editing it
      </p>
      <p className="mt-0.5 text-ink-2">
        They changed: {namesOf(changed)}.
        {both.length > 0 && ` You also changed ${namesOf(both)}; keeping yours overwrites theirs.`}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button onClick={onMerge}>Keep my changes on top of theirs</Button>
        <Button onClick={onTheirs}>Discard my changes and take theirs</Button>
      </div>
    </div>
  );
}
