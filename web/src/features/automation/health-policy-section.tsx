import type { AutomationDetail, HealthPolicy } from "@/api/types";
import { When } from "@/components/labels";

import { Section } from "./section";

const DOES: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Disables it",
  reduce_frequency: "Slows it down",
  alert: "Sends an alert",
};

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
      {policy.triggeredAt && (
        <p className="font-medium text-failing">
          Last triggered <When at={policy.triggeredAt} />.
        </p>
      )}
    </Section>
  );
}
