import { useQuery } from "@tanstack/react-query";

import { whatIfQuery, type WhatIfTotals } from "@/api/load";
import { Basis } from "@/features/what-if/basis";
import { waitText } from "@/features/what-if/words";

const WEEK_HOURS = 168;

/** How long runs wait in the coming week, as it is and with the plan, by a simulation of the queues. */
export function Waits({ plan, zone }: { plan: string; zone: string }) {
  const asked = useQuery(whatIfQuery({ spreadPlan: plan, hours: WEEK_HOURS, tz: zone }));
  const found = asked.data;
  return (
    <section aria-label="Waits" aria-busy={asked.isPending}>
      {found ? (
        <>
          <table className="w-full text-left">
            <caption className="sr-only">How long runs wait, now and as planned</caption>
            <thead className="text-xs text-ink-3">
              <tr>
                <th className="font-normal">Waits of the coming week</th>
                <th className="pl-3 text-right font-normal">Now</th>
                <th className="pl-3 text-right font-normal">Planned</th>
              </tr>
            </thead>
            <tbody>
              {ROWS.map(({ name, value }) => (
                <tr key={name} className="border-t border-line">
                  <th scope="row" className="py-1 font-medium">
                    {name}
                  </th>
                  <td className="pl-3 text-right tabular-nums">{value(found.before)}</td>
                  <td className="pl-3 text-right font-semibold tabular-nums">{value(found.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <div className="mt-1">
            <Basis found={found} zone={zone} />
          </div>
        </>
      ) : asked.isError ? (
        <p className="text-xs text-ink-3">Waits could not be simulated: {asked.error.message}</p>
      ) : (
        <p className="text-xs text-ink-3">Simulating how long runs wait…</p>
      )}
    </section>
  );
}

const ROWS: readonly { name: string; value: (side: WhatIfTotals) => string }[] = [
  { name: "Half of the runs wait at most", value: ({ waits }) => waitText(waits.p50Ms) },
  { name: "95 of 100 wait at most", value: ({ waits }) => waitText(waits.p95Ms) },
  { name: "Longest wait", value: ({ waits }) => waitText(waits.longestMs) },
];
