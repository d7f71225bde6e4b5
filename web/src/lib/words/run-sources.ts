import type { RunSource } from "@/api/types";

import { SOURCES } from "./sources";

/** What started a run, in words. */
export const RUN_SOURCES: Record<RunSource, string> = {
  schedule: SOURCES.schedule.label,
  webhook: SOURCES.webhook.label,
  event: SOURCES.event.label,
  slack: SOURCES.slack.label,
  manual: "By hand",
  direct: "Executed",
  rerun: "Rerun",
  dependency: "Dependency",
  backfill: "Backfill",
  parent: "Parent run",
};

export const RUN_SOURCE_LIST = Object.keys(RUN_SOURCES) as RunSource[];
