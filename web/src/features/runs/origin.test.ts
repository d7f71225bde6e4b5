import { expect, it } from "vitest";

import type { RunOrigin } from "@/api/types";

import { startedBy } from "./origin";

const NONE = { endpoint: null, sentBy: null, replayOf: null, causedBy: null, chainDepth: 0 };

it.each<[RunOrigin, string, string]>([
  [{ ...NONE, source: "schedule" }, "Schedule", ""],
  [{ ...NONE, source: "webhook", endpoint: "webhook:orders" }, "Webhook", "orders"],
  [{ ...NONE, source: "event", endpoint: "event:order.created", sentBy: "shop" }, "Event", "order.created by shop"],
  [{ ...NONE, source: "slack", endpoint: "slack" }, "Slack", ""],
  [{ ...NONE, source: "manual", endpoint: "automation:0199", sentBy: "ann" }, "ann (manual)", ""],
  [
    { ...NONE, source: "manual", endpoint: "dependency:0199", sentBy: "scout (completed)" },
    "Dependency",
    "scout (completed)",
  ],
  [
    { ...NONE, source: "webhook", endpoint: "webhook:orders", sentBy: "ann", replayOf: "0199" },
    "Webhook, replayed",
    "orders by ann",
  ],
])("says what started a run: %o", (origin, how, what) => {
  expect(startedBy(origin)).toEqual([how, what]);
});
