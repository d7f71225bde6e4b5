import { enclosingPaths } from "@/components/form/errors/field-paths";
import { LIMIT_LIST, LIMITS } from "@/lib/words/flow-control";

import { FIELDS, pathOf } from "./flow-control/fields";

const LIMIT_LABELS = Object.fromEntries(
  LIMIT_LIST.flatMap((limit) => [
    ...FIELDS[limit].map((field) => [pathOf(limit, field), `${LIMITS[limit].label}: ${field.label}`] as const),
    [`flowControl.${limit}`, LIMITS[limit].label] as const,
  ]),
);

/** The label of each field, by its dotted name. */
const LABELS: Readonly<Record<string, string>> = {
  kind: "Kind",
  primitive: "Primitive",
  name: "Name",
  slug: "Slug",
  description: "Description",
  source: "Source",
  "schedule.cronExpr": "Cron",
  "schedule.timezone": "Time zone",
  "schedule.overlap": "If the previous run is still going",
  "schedule.catchupSeconds": "Catch up",
  "schedule.catchup": "Due times that an outage or a pause has missed",
  "schedule.jitterSeconds": "Jitter",
  "webhook.path": "Path",
  "webhook.verification": "Verification",
  "webhook.secret": "Secret",
  "webhook.secretFrom": "Secret",
  "webhook.previousSecret": "Previous secret",
  "webhook.header": "Header",
  "webhook.filter": "Only if",
  "event.name": "Event",
  "event.filter": "Only if",
  "slack.events": "Events",
  "slack.command": "Slash command",
  "slack.channel": "Channel",
  "slack.secret": "Signing secret",
  "slack.filter": "Only if",
  payload: "Default payload",
  budgetUsdMonth: "Budget",
  spreadMinutes: "Spreading",
  flowControl: "Flow control",
  ...LIMIT_LABELS,
  "healthPolicy.enabled": "Watch the success rate",
  "healthPolicy.threshold": "Threshold",
  "healthPolicy.window": "Recent runs",
  "healthPolicy.minRuns": "Minimum runs",
  "healthPolicy.action": "Action",
  "healthPolicy.recoverThreshold": "Recovers at",
  "healthPolicy.probe": "Try again",
  "healthPolicy.probe.afterMinutes": "Try again after",
  "healthPolicy.probe.maxMinutes": "Longest wait",
  "healthPolicy.probe.successes": "Probes that must complete",
  dependencies: "Dependencies",
};

/** The label of a field or of its parent. */
export function labelOf(field: string): string {
  const place = enclosingPaths(field).find((one) => LABELS[one]);
  return (place && LABELS[place]) ?? field;
}
