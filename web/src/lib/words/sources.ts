import { Clock, Hand, Hash, type LucideIcon, Radio, Webhook } from "lucide-react";

import type { Source } from "@/api/types";

/** Label and icon of each source. */
export const SOURCES: Record<Source, { label: string; icon: LucideIcon; hint: string }> = {
  schedule: { label: "Schedule", icon: Clock, hint: "At set times, by a cron expression in a time zone" },
  webhook: { label: "Webhook", icon: Webhook, hint: "A signed POST from GitHub, another service or your own" },
  event: { label: "Event", icon: Radio, hint: "An event that your platform sends to Podium" },
  slack: { label: "Slack", icon: Hash, hint: "A slash command or an event of a Slack app" },
  manual: { label: "Manual", icon: Hand, hint: "Only when a person or a program asks" },
};

export const SOURCE_LIST = Object.keys(SOURCES) as Source[];
