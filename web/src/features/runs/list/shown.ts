import type { ListedRun, RunPage } from "@/api/types";

export interface ShownRun {
  run: ListedRun;
  /** It does not match the filters any more; it stays where it is until the list is loaded again. */
  isGone: boolean;
}

export interface ShownRuns {
  rows: readonly ShownRun[];
  /** Runs that have arrived since. */
  newer: number;
  /** There may be more of them. */
  isLeast: boolean;
}

/** What is shown of the loaded rows: in place and up to date, while newer ones are only counted. */
export function shownRuns(loaded: readonly ListedRun[], head: RunPage | undefined): ShownRuns {
  if (!head) return { rows: loaded.map((run) => ({ run, isGone: false })), newer: 0, isLeast: false };
  const now = new Map(head.items.map((run) => [run.id, run]));
  const oldest = head.nextCursor === null ? undefined : head.items.at(-1);
  const newest = head.items[0];
  const top = loaded[0];
  const newer = head.items.filter((run) => !top || isNewer(run, top)).length;
  return {
    rows: loaded.map((run) => {
      const current = now.get(run.id);
      const isCovered =
        head.searchedTo == null && !(oldest && isNewer(oldest, run)) && !(newest && isNewer(run, newest));
      return { run: current ?? run, isGone: !current && isCovered };
    }),
    newer,
    isLeast: newer > 0 && newer === head.items.length && head.nextCursor !== null,
  };
}

const isNewer = (one: ListedRun, other: ListedRun) => {
  const apart = Date.parse(one.queuedAt) - Date.parse(other.queuedAt);
  // Ids of one millisecond are in the order in which they were made.
  return apart === 0 ? one.id > other.id : apart > 0;
};
