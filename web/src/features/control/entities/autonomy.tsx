import { useQuery } from "@tanstack/react-query";

import { controlEntitiesQuery } from "@/api/control";
import type { AgentAutonomy } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { Skeleton } from "@/components/page-states";
import { Tooltip } from "@/components/ui/tooltip";
import { useZone } from "@/lib/preferences";
import { count, percent, plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import { DEFINITIONS } from "../definitions";
import { Panel } from "@/components/panel";

/** How agents got on without people, those first that were helped most often. */
export function Autonomy() {
  const { data, error, isPending } = useQuery(controlEntitiesQuery());
  const since = dayAndTime(data?.autonomySince ?? new Date(0).toISOString(), useZone());
  return (
    <Panel title="Autonomy of agents, last 30 days" aside="most often helped first">
      {error && <p className="text-failing">{error.message}</p>}
      {isPending && <Skeleton rows={5} />}
      {data && data.autonomy.length === 0 && <p className="text-ink-3">No agent has run yet.</p>}
      <ol aria-label="Agents by autonomy">
        {data?.autonomy.map((agent) => (
          <Row key={agent.slug} agent={agent} since={since} />
        ))}
      </ol>
    </Panel>
  );
}

function Row({ agent, since }: { agent: AgentAutonomy; since: string }) {
  const { name, link, runs, unattended, unattendedPercent, touched, rescued, gates } = agent;
  const text = [
    `${count(unattended)} of ${plural(runs, "run")} unattended, ${count(touched)} touched, ${count(rescued)} of them run again, ${plural(gates, "planned decision")}.`,
    DEFINITIONS.unattended(since),
    DEFINITIONS.touched(since),
    gates > 0 && DEFINITIONS.gates(since),
  ]
    .filter(Boolean)
    .join(" ");
  return (
    <li>
      <Tooltip text={text}>
        <AddressLink
          address={link}
          className="-mx-1.5 flex min-h-7 items-center gap-x-3 rounded px-1.5 hover:bg-sunken"
        >
          <span className="min-w-0 flex-1 truncate">{name}</span>
          {unattendedPercent === null ? (
            <span className="text-right text-xs text-ink-3">too few runs ({count(runs)})</span>
          ) : (
            <>
              <Interval agent={agent} />
              <span className="w-10 text-right font-semibold">{percent(unattendedPercent)}</span>
            </>
          )}
          <span className="w-20 text-right text-xs text-ink-2">{count(touched)} touched</span>
          <span className="w-20 text-right text-xs text-ink-3 max-sm:hidden">
            {gates > 0 && plural(gates, "decision")}
          </span>
        </AddressLink>
      </Tooltip>
    </li>
  );
}

/** The share within its interval, from 0 to 100 percent. */
function Interval({ agent: { lowPercent, highPercent, unattendedPercent } }: { agent: AgentAutonomy }) {
  const [low, high] = [lowPercent ?? 0, highPercent ?? 0];
  return (
    <span aria-hidden className="relative h-2 w-24 rounded-full bg-sunken max-sm:w-12">
      <span
        className="absolute inset-y-0 rounded-full bg-[var(--heat-2)]"
        style={{ left: `${low}%`, width: `${Math.max(high - low, 1)}%` }}
      />
      <span className="absolute inset-y-0 w-0.5 bg-accent" style={{ left: `calc(${unattendedPercent ?? 0}% - 1px)` }} />
    </span>
  );
}
