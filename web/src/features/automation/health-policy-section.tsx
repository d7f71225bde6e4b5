import type { AutomationDetail, HealthPolicy } from "@/api/types";
import { When } from "@/components/labels";
import { plural } from "@/lib/text/format";

import { Section } from "./section";

const DOES: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Disables it",
  reduce_frequency: "Slows it down",
  alert: "Sends an alert",
};

function probing({ afterMinutes, maxMinutes = 1440, successes = 1 }: NonNullable<HealthPolicy["probe"]>): string {
  const [first, most] = [afterMinutes, maxMinutes].map((minutes) => plural(minutes, "minute"));
  const enough = successes > 1 ? `${successes} probes in a row complete` : "it completes";
  return `Then it is tried with a probe after ${first}, later after each failure (at most ${most}), and enabled when ${enough}.`;
}

export function HealthPolicySection({ automation }: { automation: AutomationDetail }) {
  const policy = automation.healthPolicy;
  return (
    <Section title="Health policy">
      {policy.enabled ? (
        <p>
          {DOES[policy.action ?? "disable"]} when fewer than {policy.threshold}% of the last {policy.window} finished
          runs succeed (after at least {policy.minRuns}).
        </p>
      ) : (
        <p className="text-ink-3">None. It keeps running at any success rate.</p>
      )}
      {policy.enabled && policy.action === "disable" && (
        <p className="text-ink-2">{policy.probe ? probing(policy.probe) : "Then somebody has to resume it."}</p>
      )}
      {policy.enabled && policy.action !== "disable" && (
        <p className="text-ink-2">It counts as recovered at {policy.recoversAt}%.</p>
      )}
      {policy.triggeredAt && (
        <p className="font-medium text-failing">
          Last triggered <When at={policy.triggeredAt} />.
        </p>
      )}
    </Section>
  );
}
