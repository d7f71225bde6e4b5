import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { calendarQuery } from "@/api/load";
import type { AutomationDetail } from "@/api/types";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/preferences";
import { addDays, dayAndTime, dayIn, relative } from "@/lib/time";

const AHEAD_DAYS = 31;
const SHOWN = 5;

export function NextFires({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const now = useNow();
  const today = dayIn(zone, now);
  const query = useMemo(
    () => ({ automation: [automation.slug], from: today, to: addDays(today, AHEAD_DAYS), tz: zone, compress: false }),
    [automation.slug, today, zone],
  );
  const calendar = useQuery(calendarQuery(query));
  const ahead = calendar.data?.entries.filter((entry) => !entry.runId && Date.parse(entry.at) > now).slice(0, SHOWN);
  if (!ahead) return null;
  if (ahead.length === 0) return <p className="mt-2 text-ink-3">Nothing within a month.</p>;
  return (
    <ol aria-label="Next fires" className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
      {ahead.map((entry) => (
        <li key={entry.at} className="contents">
          <time dateTime={entry.at}>{dayAndTime(entry.at, zone)}</time>
          <span className="text-ink-3">{relative(entry.at, now)}</span>
        </li>
      ))}
    </ol>
  );
}
