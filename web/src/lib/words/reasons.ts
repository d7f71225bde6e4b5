/** Why a run was not carried out, in words; the other reasons read well as they are. */
const REASONS: Readonly<Record<string, string>> = {
  bad_expression: "a key or the priority could not be read",
  duplicate: "duplicate of an earlier delivery",
  rate_limited: "over the rate limit",
  singleton: "another run was open",
  superseded: "replaced by a newer delivery",
  debounced: "debounced: another run stands for it",
  batched: "part of a batch",
  chain_too_deep: "too many automations in a row",
  chain_loops: "fired too often by one chain of runs",
  queue_full: "the queue was full",
  expired: "waited too long",
  cleared: "cleared from the queue",
};

/** What the run is called that stands for a skipped one. */
const STANDS_FOR_IT: Readonly<Record<string, string>> = {
  duplicate: "first run",
  singleton: "open run",
  superseded: "newer run",
  batched: "run of the batch",
};

export const standInOf = (reason: string | null) => STANDS_FOR_IT[reason ?? ""] ?? "run in its place";

export const reasonInWords = (reason: string) => REASONS[reason] ?? reason.replaceAll("_", " ");
