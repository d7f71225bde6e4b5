import type { RunOrigin, Source } from "@/api/types";

const HOW: Record<Source, string> = {
  schedule: "Its schedule",
  webhook: "Webhook",
  event: "Event",
  slack: "Slack",
  manual: "By hand",
};

/** How a run was started, and by what or whom. */
export function startedBy({ source, endpoint, sentBy, replayOf }: RunOrigin): [how: string, what: string] {
  const how = replayOf ? `${HOW[source]}, replayed` : HOW[source];
  const arrivedAt = source === "manual" || !endpoint?.includes(":") ? "" : endpoint.slice(endpoint.indexOf(":") + 1);
  return [how, [arrivedAt, sentBy && `by ${sentBy}`].filter(Boolean).join(" ")];
}
