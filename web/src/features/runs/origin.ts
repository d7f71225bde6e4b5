import type { RunOrigin } from "@/api/types";
import { SOURCES } from "@/lib/words/sources";

/** The origin of a run: how it was started, and by what or whom: `["Webhook, replayed", "orders by ann"]`. */
export function startedBy(origin: RunOrigin, probe = false): [how: string, detail: string] {
  const [how, detail] = namesOf(origin);
  return [probe ? `${how}, as a probe` : how, detail];
}

const BACKFILLS: Record<NonNullable<RunOrigin["backfill"]>, string> = {
  backfill: "Backfill",
  catch_up: "Catch-up",
  rerun: "Rerun of many",
};

function namesOf({ source, endpoint, sentBy, replayOf, backfill }: RunOrigin): [how: string, detail: string] {
  if (backfill) return [BACKFILLS[backfill], sentBy ? `by ${sentBy}` : ""];
  if (endpoint?.startsWith("dependency:")) return [replayOf ? "Dependency, replayed" : "Dependency", sentBy ?? ""];
  if (source === "manual" && sentBy) return [`${sentBy} (${replayOf ? "manual, replayed" : "manual"})`, ""];
  const { label } = SOURCES[source];
  const how = replayOf ? `${label}, replayed` : label;
  const name = source !== "manual" && endpoint?.includes(":") ? endpoint.slice(endpoint.indexOf(":") + 1) : "";
  return [how, [name, sentBy && `by ${sentBy}`].filter(Boolean).join(" ")];
}
