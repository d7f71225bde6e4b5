import { bulk } from "@/api/automations";
import { cancelRun } from "@/api/runs";
import type { BulkResult } from "@/api/types";
import { notifyDone, notifyError, type Undo } from "@/components/messages/messages";
import { count, plural } from "@/lib/text/format";

import { BULK_ACTIONS } from "./actions";

/** The maximum of a bulk request; a longer undo is sent in batches, each all or none. */
const AT_ONCE = 2500;
/** Cancelling needs one request per run. */
const CANCELLED_AT_ONCE = 8;

/**
 * The undo of a bulk action, for exactly the automations that changed; fired runs are cancelled.
 * Resolves to false if it failed; calling it again continues with the rest.
 */
export function undoOf(result: BulkResult, refresh: () => Promise<void>): Undo | undefined {
  const { back } = BULK_ACTIONS[result.action];
  if (result.runs.length > 0) return () => cancelAll(result).finally(() => void refresh());
  if (!back || result.changed === 0) return undefined;
  const { done } = BULK_ACTIONS[back];
  let left = result.automations.map((one) => one.id);
  let changed = 0;
  return async (tell) => {
    try {
      while (left.length > 0) {
        changed += (await bulk({ action: back, automations: left.slice(0, AT_ONCE), reason: "undone" })).changed;
        left = left.slice(AT_ONCE);
        if (left.length > 0) tell(`Undoing: ${count(changed)} ${done}, ${count(left.length)} remaining.`);
      }
    } catch (error) {
      tell(`${plural(changed, "automation")} ${done}, ${count(left.length)} not yet.`);
      notifyError(error);
      return false;
    } finally {
      void refresh();
    }
    notifyDone(`Undone: ${plural(changed, "automation")} ${done}.`);
    return true;
  };
}

async function cancelAll(result: BulkResult): Promise<boolean> {
  let cancelled = 0;
  for (let start = 0; start < result.runs.length; start += CANCELLED_AT_ONCE) {
    const some = result.runs.slice(start, start + CANCELLED_AT_ONCE);
    const ended = await Promise.allSettled(some.map((run) => cancelRun(run.runId)));
    cancelled += ended.filter((one) => one.status === "fulfilled").length;
  }
  const over = result.runs.length - cancelled;
  notifyDone(`${plural(cancelled, "run")} cancelled${over > 0 ? `; ${count(over)} had already ended` : ""}.`);
  return true;
}
