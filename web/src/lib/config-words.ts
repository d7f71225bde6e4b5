import type { Overlap, Verification } from "@/api/types";

/** What happens to a fire while an earlier run is under way. */
export const OVERLAPS: Record<Overlap, string> = {
  skip: "Skip it",
  buffer_one: "Start one afterwards",
  buffer_all: "Start all afterwards",
  cancel_other: "Cancel the earlier run",
  terminate_other: "Terminate the earlier run",
  allow_all: "Run beside it",
};

/** How a webhook knows who calls it. */
export const VERIFICATIONS: Record<Verification, string> = {
  standard: "Standard Webhooks",
  github: "GitHub",
  slack: "Slack",
  header: "A shared secret in a header",
  none: "None: anybody may call it",
};
