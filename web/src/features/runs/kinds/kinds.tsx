import type { ReactElement } from "react";

import type { Kind, RunOverview } from "@/api/types";

import { AgentRun } from "./agent";
import { CampaignRun } from "./campaign";
import { NetworkRun } from "./network";
import { PulseRun } from "./pulse";
import { WorkflowRun } from "./workflow";

type Details = RunOverview["details"];
type Of<Name extends Kind> = Extract<Details, { kind: Name }>;

/** What the first tab of a run is called, and what it shows, for each kind. */
const VIEWS: { [Name in Kind]: { tab: string; show: (run: RunOverview, details: Of<Name>) => ReactElement } } = {
  agent: { tab: "Call", show: (run, details) => <AgentRun run={run} details={details} /> },
  workflow: { tab: "Steps", show: (run, details) => <WorkflowRun run={run} details={details} /> },
  network: { tab: "Route", show: (run, details) => <NetworkRun run={run} details={details} /> },
  campaign: { tab: "Missions", show: (run, details) => <CampaignRun run={run} details={details} /> },
  pulse: { tab: "Rankings", show: (run, details) => <PulseRun run={run} details={details} /> },
};

export const tabOf = (kind: Kind) => VIEWS[kind].tab;

/** What a run of its kind shows. */
export function KindView({ run }: { run: RunOverview }) {
  const { show } = VIEWS[run.details.kind] as { show: (run: RunOverview, details: Details) => ReactElement };
  return show(run, run.details);
}
