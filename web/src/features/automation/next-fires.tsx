import { useQuery } from "@tanstack/react-query";

import { nextFiresQuery } from "@/api/outlook";
import type { AutomationDetail } from "@/api/types";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { dayAndTime, relative, timeOfDay } from "@/lib/time/time";
import { cityOf } from "@/lib/time/zones";

const SHOWN = 5;

/** The next fires in the page's zone, and in the schedule's if that differs. */
export function NextFires({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const now = useNow();
  const next = useQuery(nextFiresQuery(automation.slug, zone, SHOWN));
  if (next.isError && !next.data) return <p className="mt-2 text-failing">{next.error.message}</p>;
  const ahead = next.data?.filter((at) => Date.parse(at) > now);
  if (!ahead) return null;
  const own = automation.config.timezone ?? zone;
  const differs = own !== zone;
  if (ahead.length === 0) return <p className="mt-2 text-ink-3">No fires in the next month.</p>;
  return (
    <>
      <h4 className="mt-2 text-xs text-ink-3">Next fires, {cityOf(zone)} time</h4>
      <ol aria-label="Next fires" className="mt-0.5 grid grid-cols-[auto_auto_1fr] gap-x-4 gap-y-0.5">
        {ahead.map((at) => (
          <li key={at} className="contents">
            <time dateTime={at}>{dayAndTime(at, zone)}</time>
            <span className="text-ink-2">{differs && `${timeOfDay(at, own)} ${cityOf(own)}`}</span>
            <span className="text-ink-3">{relative(at, now)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
