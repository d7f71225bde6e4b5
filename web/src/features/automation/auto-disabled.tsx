import { Link } from "@tanstack/react-router";

import type { AutomationDetail } from "@/api/types";
import { When } from "@/components/labels";
import { useZone } from "@/lib/preferences";
import { ordinal } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

/** What happens to an automation that its health policy has disabled: a probe, or nothing until a person resumes it. */
export function NextProbe({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const { probeRunId, probeAt, nextProbeAt, probe, probesPassed, trips, flapping } = automation.healthPolicy;
  const passed = probesPassed > 0 && probe && ` ${probesPassed} of ${probe.successes} probes have completed.`;
  if (probeRunId) {
    return (
      <p>
        It is being tried with{" "}
        <Link to="/runs/$id" params={{ id: probeRunId }} className="text-accent underline">
          a probe
        </Link>
        . If it completes, the automation is enabled again.{passed}
      </p>
    );
  }
  if (flapping) {
    return (
      <p>
        It goes back and forth: its policy has acted three times within a week. It is not tried again by itself, and
        somebody has to resume it.
      </p>
    );
  }
  if (!probeAt) return <p>It stays disabled until somebody resumes it.</p>;
  return (
    <p>
      {nextProbeAt ? (
        <>
          It is tried again with a probe <When at={nextProbeAt} />.
        </>
      ) : (
        <>
          The next delivery after <When at={probeAt} text={dayAndTime(probeAt, zone)} /> is a probe.
        </>
      )}
      {trips > 1 && ` This is the ${ordinal(trips)} attempt in a row, so the delay is longer.`}
      {passed}
    </p>
  );
}
