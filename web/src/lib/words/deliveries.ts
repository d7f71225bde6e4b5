import type { DeadReason, DeliveryOutcome, MatchOutcome } from "@/api/types";

import { reasonInWords } from "./reasons";
import type { Shape } from "./statuses";

interface OutcomeLook {
  label: string;
  meaning: string;
  shape: Shape;
  mark: string;
  text: string;
}

const GOOD = { shape: "disc", mark: "text-healthy", text: "text-healthy" } as const;
const BAD = { shape: "cross", mark: "text-failing", text: "text-failing" } as const;
const BUSY = { shape: "ring", mark: "text-running", text: "text-running" } as const;
const QUIET = { shape: "dash", mark: "text-line-control", text: "text-ink-2" } as const;

/** What became of a delivery when it arrived. */
export const OUTCOMES: Record<DeliveryOutcome, OutcomeLook> = {
  pending: { label: "Pending", ...BUSY, meaning: "Its runs are stored in a moment." },
  fired: { label: "Fired", ...GOOD, meaning: "It started at least one run." },
  skipped: { label: "Skipped", ...QUIET, meaning: "Every automation that matched is paused." },
  filtered: { label: "Filtered", ...QUIET, meaning: "No filter let it pass." },
  filter_error: { label: "Filter error", ...BAD, meaning: "A filter could not be evaluated, and none let it pass." },
  unmatched: { label: "Unmatched", ...QUIET, meaning: "Nothing listens to it." },
  ignored: { label: "Ignored", ...QUIET, meaning: "A ping, or a message of a bot." },
  rejected: { label: "Unreadable", ...BAD, meaning: "Verified, but its body could not be read." },
};

export const OUTCOME_LIST = Object.keys(OUTCOMES) as DeliveryOutcome[];

/** What a delivery meant for one automation. */
export const MATCHES: Record<MatchOutcome, OutcomeLook> = {
  matched: { label: "Matched", ...GOOD, meaning: "It was fired." },
  paused: { label: "Paused", ...QUIET, meaning: "It matched, but the automation was paused." },
  filtered: { label: "Filtered", ...QUIET, meaning: "Its filter did not let it pass." },
  filter_error: { label: "Filter error", ...BAD, meaning: "Its filter could not be evaluated." },
};

const DEAD: Partial<Record<DeadReason, string>> = {
  unreadable: "could not be read",
  unmatched: "nothing listens any more",
  filter_error: "filter failed",
  failed: "failed",
  cancelled: "cancelled",
};

/** Why a delivery was not carried out, in words. */
export const deadInWords = (reason: DeadReason) => DEAD[reason] ?? reasonInWords(reason);
