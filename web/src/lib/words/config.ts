import type { Catchup, Overlap, Verification } from "@/api/types";

/** What happens to a fire if the previous run is still going. */
export const OVERLAPS: Record<Overlap, string> = {
  skip: "Skip",
  buffer_one: "Queue one",
  buffer_all: "Queue all",
  cancel_other: "Cancel the running one",
  terminate_other: "Terminate the running one",
  allow_all: "Run in parallel",
};

/** What happens to due times that an outage or a pause has missed. */
export const CATCHUPS: Record<Catchup, string> = {
  none: "Stay missed",
  last: "The newest one runs",
  all: "All run, one after another",
};

/** How a webhook verifies its sender. */
export const VERIFICATIONS: Record<Verification, string> = {
  standard: "Standard Webhooks",
  github: "GitHub",
  slack: "Slack",
  header: "Shared secret in a header",
  none: "None: anyone can call it",
};
