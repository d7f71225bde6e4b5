import { useQuery } from "@tanstack/react-query";

import { nextFiresQuery } from "@/api/load";
import type { AutomationDetail } from "@/api/types";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/preferences";
import { dayAndTime, relative } from "@/lib/time";

const SHOWN = 5;

export function NextFires({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const now = useNow();
  const next = useQuery(nextFiresQuery(automation.slug, zone, SHOWN));
  if (next.isError && !next.data) return <p className="mt-2 text-failing">{next.error.message}</p>;
  const ahead = next.data?.filter((at) => Date.parse(at) > now);
  if (!ahead) return null;
  if (ahead.length === 0) return <p className="mt-2 text-ink-3">No fires in the next month.</p>;
  return (
    <ol aria-label="Next fires" className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
      {ahead.map((at) => (
        <li key={at} className="contents">
          <time dateTime={at}>{dayAndTime(at, zone)}</time>
          <span className="text-ink-3">{relative(at, now)}</span>
        </li>
      ))}
    </ol>
  );
}
