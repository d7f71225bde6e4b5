import type { RunOrigin, Source } from "@/api/types";

const HOW: Record<Source, string> = {
  schedule: "Schedule",
  webhook: "Webhook",
  event: "Event",
  slack: "Slack",
  manual: "Manual",
};

/** The origin of a run: how it was started, and by what or whom: `["Webhook, replayed", "orders by ann"]`. */
export function startedBy({ source, endpoint, sentBy, replayOf }: RunOrigin): [how: string, detail: string] {
  if (source === "manual" && sentBy) return [`${sentBy} (${replayOf ? "manual, replayed" : "manual"})`, ""];
  const how = replayOf ? `${HOW[source]}, replayed` : HOW[source];
  const name = source !== "manual" && endpoint?.includes(":") ? endpoint.slice(endpoint.indexOf(":") + 1) : "";
  return [how, [name, sentBy && `by ${sentBy}`].filter(Boolean).join(" ")];
}
