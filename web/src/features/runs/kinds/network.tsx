import { CornerDownRight, Flag, Repeat2 } from "lucide-react";

import type { Hop, NetworkDetails, Part, RunOverview } from "@/api/types";
import { StatusLabel } from "@/components/labels";
import { Badge } from "@/components/ui/badge";
import { ordinal, plural } from "@/lib/text/format";

import { CostText } from "../cost-text";
import { NotRecorded, Panel } from "../panel";
import { Values } from "../values/values";
import { PartLink, Took } from "./part-cells";

/** The route from member to member, with the reason for each hop. */
export function NetworkRun({ run, details }: { run: RunOverview; details: NetworkDetails }) {
  const { hops, maxHops, router } = details;
  const asked = maxHops === null ? plural(hops.length, "hop") : `${hops.length} of at most ${plural(maxHops, "hop")}`;
  return (
    <div className="flex flex-col gap-3">
      <Panel title="Route" actions={<span className="text-xs text-ink-3">{asked}</span>}>
        {hops.length === 0 && !router && <p className="text-ink-3">No hop yet.</p>}
        <ol className="flex flex-col">
          {hops.map((hop) => (
            <HopLine key={hop.path} hop={hop} />
          ))}
        </ol>
        {router && <RouterLine router={router} goesOn={run.finishedAt === null} />}
        <End run={run} details={details} />
      </Panel>
      <Values run={run} />
    </div>
  );
}

function HopLine({ hop }: { hop: Hop }) {
  return (
    <li className="relative flex gap-3 pb-3">
      <span aria-hidden="true" className="absolute top-6 bottom-0 left-[11px] w-px bg-line-strong" />
      <span className="z-10 flex size-6 shrink-0 items-center justify-center rounded-full border border-line-strong bg-sunken text-xs font-medium">
        {hop.number}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <PartLink part={hop} />
          {hop.visit > 1 && (
            <Badge className="bg-accent-soft text-accent" title={`The route has come back to ${hop.name}`}>
              <Repeat2 className="size-3" /> {ordinal(hop.visit)} turn
            </Badge>
          )}
          <StatusLabel status={hop.status} />
          <span className="ml-auto flex gap-x-3 text-xs whitespace-nowrap text-ink-2">
            <Took part={hop} />
            <span className="min-w-14 text-right text-ink-3">
              <CostText cost={hop.cost} short />
            </span>
          </span>
        </div>
        <p className="flex items-start gap-1 text-xs break-words text-ink-2">
          <CornerDownRight className="mt-0.5 size-3 shrink-0 text-ink-3" />
          <span className="min-w-0">
            {hop.because ? capital(hop.because) : <NotRecorded>Why it was chosen is not recorded</NotRecorded>}
            {hop.router && (
              <span className="text-ink-3">
                {" "}
                · <PartLink part={hop.router} name={`asked ${hop.router.name}`} />, <Took part={hop.router} />,{" "}
                <CostText cost={hop.router.cost} short />
              </span>
            )}
          </span>
        </p>
        {hop.error && (
          <p className="text-xs break-words text-failing">
            {hop.error.type}: {hop.error.message}
          </p>
        )}
      </div>
    </li>
  );
}

/** The latest call of the router that no hop has followed. */
function RouterLine({ router, goesOn }: { router: Part; goesOn: boolean }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 pb-2 pl-9 text-xs">
      <PartLink part={router} name={goesOn ? `${router.name} chooses the next member` : `asked ${router.name}`} />
      <StatusLabel status={router.status} />
      <span className="text-ink-3">
        <Took part={router} />
      </span>
      {router.error && <span className="break-words text-failing">{router.error.message}</span>}
    </p>
  );
}

function End({ run, details }: { run: RunOverview; details: NetworkDetails }) {
  if (run.status !== "completed") return null;
  return (
    <p className="flex gap-3">
      <span className="flex size-6 shrink-0 items-center justify-center">
        <Flag className="size-3.5 text-ink-3" />
      </span>
      <span className="min-w-0 break-words">
        {details.endedBecause ? (
          `Ended: ${details.endedBecause}`
        ) : (
          <NotRecorded>Why it ended is not recorded</NotRecorded>
        )}
      </span>
    </p>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
