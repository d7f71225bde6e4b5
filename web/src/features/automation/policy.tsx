import type { AutomationDetail, HealthPolicy } from "@/api/types";
import { When } from "@/components/labels";

const DOES: Record<NonNullable<HealthPolicy["action"]>, string> = {
  disable: "Switches it off",
  reduce_frequency: "Slows it down",
  alert: "Alerts",
};

export function Policy({ automation }: { automation: AutomationDetail }) {
  const policy = automation.healthPolicy;
  if (!policy.enabled) return <p className="text-ink-3">None: however it does, it goes on.</p>;
  return (
    <p>
      {DOES[policy.action ?? "disable"]} when fewer than {policy.threshold}% of its newest {policy.window} finished runs succeed, once{" "}
      {policy.minRuns} have finished.
      {policy.slowdown && ` Only every ${policy.slowdown}th due time fires at the moment.`}
      {policy.triggeredAt && (
        <span className="block font-medium text-failing">
          It did so <When at={policy.triggeredAt} />.
        </span>
      )}
    </p>
  );
}
