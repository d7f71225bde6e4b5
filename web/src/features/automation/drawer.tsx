import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, Pencil, SearchX } from "lucide-react";
import { useState } from "react";

import { automationQuery } from "@/api/automations";
import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { ImpactDialog } from "@/components/impact/impact-dialog";
import { KindLabel, SeverityBadge, SimulatedBadge, SourceLabel, StateBadge } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, isMissing, Notice, Skeleton } from "@/components/page-states";
import { SnoozeMenu } from "@/components/snooze-menu";
import { StatusSwitch } from "@/components/status-switch";
import { Button, buttonClass } from "@/components/ui/button";
import { Drawer } from "@/components/ui/drawer";
import { STATES } from "@/lib/words/states";

import { BackfillSection } from "./backfills/backfill-section";
import { BudgetsSection } from "./budgets-section";
import { Dependencies } from "./dependencies/dependencies-section";
import { Activity } from "./activity/activity";
import { FireForm } from "./fire-form";
import { HealthPolicySection } from "./health-policy-section";
import { FlowControlSection } from "./queue/flow-control-section";
import { QueueSection } from "./queue/queue-section";
import { RecentRuns } from "./runs/recent-runs";
import { TemporalLinks } from "./temporal-links";
import { Trend } from "./trend/trend";
import { FiringSection } from "./firing-section";
import { ErrorNotes } from "./error-notes";
import { StateNote } from "./state-note";
import { WhySection } from "./why/why-section";

/** The drawer of one automation. */
export function AutomationDrawer({ name }: { name: string }) {
  const open = useOpenAutomation();
  const automation = useQuery(automationQuery(name));
  return (
    <Drawer
      onClose={() => open(undefined)}
      title={automation.data?.name ?? name}
      actions={automation.data && <Actions automation={automation.data} />}
    >
      {automation.isPending && <Skeleton rows={10} />}
      {!automation.data && isMissing(automation.error) && <NoSuchAutomation onClose={() => open(undefined)} />}
      {automation.isError && !automation.data && !isMissing(automation.error) && (
        <Failure error={automation.error} onRetry={() => void automation.refetch()} />
      )}
      {automation.data && <Content automation={automation.data} />}
    </Drawer>
  );
}

function NoSuchAutomation({ onClose }: { onClose: () => void }) {
  return (
    <Notice icon={SearchX} title="Automation not found" action={<Button onClick={onClose}>Close</Button>}>
      It may have been renamed. Search for it in the list.
    </Notice>
  );
}

function Actions({ automation }: { automation: AutomationDetail }) {
  const { archive } = useAutomationActions();
  const { data: session } = useQuery(sessionQuery());
  const open = useOpenAutomation();
  const [asking, setAsking] = useState(false);
  if (automation.isArchived) return null;
  return (
    <>
      <StatusSwitch automation={automation} />
      <SnoozeMenu automation={automation} />
      {covers(session, "admin") && (
        <>
          <Link to="/automations/$slug/edit" params={{ slug: automation.slug }} className={buttonClass("plain", "sm")}>
            <Pencil className="size-3.5" /> Edit
          </Link>
          <Button look="quiet" size="icon" aria-label="Archive" onClick={() => setAsking(true)}>
            <Archive className="size-4" />
          </Button>
        </>
      )}
      {asking && (
        <ImpactDialog
          asked={{ automation, action: "archive" }}
          onClose={() => setAsking(false)}
          onConfirm={() => void archive(automation).then((done) => done && open(undefined))}
        />
      )}
    </>
  );
}

function Content({ automation }: { automation: AutomationDetail }) {
  const { data: session } = useQuery(sessionQuery());
  const isNew = automation.stats.recent.successRate === null;
  return (
    <div className="flex flex-col">
      <div className="flex flex-col gap-2 px-4 pt-3 pb-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <KindLabel kind={automation.primitiveType} />
          <SourceLabel source={automation.type} />
          {!isNew && <SeverityBadge severity={automation.severity} />}
          {STATES[automation.state].badge && <StateBadge state={automation.state} until={automation.pausedUntil} />}
          {automation.simulated && <SimulatedBadge />}
        </div>
        {automation.description && <p className="text-ink-2">{automation.description}</p>}
        <StateNote automation={automation} />
        <ErrorNotes automation={automation} />
        <p>
          Runs{" "}
          <Link
            to="/primitives/$kind/$slug"
            params={{ kind: automation.primitiveType, slug: automation.entity.slug }}
            className="font-medium text-accent hover:underline"
          >
            {automation.entity.name}
          </Link>
          {automation.managedBy && <span className="text-ink-3">, declared by {automation.managedBy}</span>}
        </p>
        {covers(session, "operate") && !automation.isArchived && <FireForm automation={automation} />}
      </div>
      {automation.stats.waitingRuns > 0 && <QueueSection automation={automation} />}
      <RecentRuns automation={automation} />
      {hasPast(automation.stats) && <Trend automation={automation} />}
      <FiringSection automation={automation} />
      {automation.type === "schedule" && <BackfillSection automation={automation} />}
      {automation.flowControl && <FlowControlSection control={automation.flowControl} />}
      <BudgetsSection automation={automation} />
      <WhySection automation={automation} />
      <HealthPolicySection automation={automation} />
      <Dependencies automation={automation} />
      <TemporalLinks automation={automation} base={session?.temporalUrl} />
      <Activity name={automation.slug} />
    </div>
  );
}

function hasPast({ totalRuns, skippedRuns, missedRuns }: AutomationDetail["stats"]): boolean {
  return totalRuns + skippedRuns + missedRuns > 0;
}
