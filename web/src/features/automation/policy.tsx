import type { AutomationDetail, HealthPolicy } from "@/api/types";
import { When } from "@/components/labels";

import { Section } from "./section";

const DOES: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Switches it off",
  reduce_frequency: "Slows it down",
  alert: "Alerts",
};

export function Policy({ automation }: { automation: AutomationDetail }) {
  const policy = automation.healthPolicy;
  return (
    <Section title="Health policy">
      {policy.enabled ? (
        <p>
          {DOES[policy.action ?? "disable"]} when fewer than {policy.threshold}% of its newest {policy.window} finished
          runs succeed, once {policy.minRuns} have finished.
        </p>
      ) : (
        <p className="text-ink-3">None. It keeps running whatever its success rate.</p>
      )}
      {policy.triggeredAt && (
        <p className="font-medium text-failing">
          It last acted <When at={policy.triggeredAt} />.
        </p>
      )}
    </Section>
  );
}
