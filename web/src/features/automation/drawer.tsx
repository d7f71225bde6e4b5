import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Archive, ExternalLink, Pencil, Play } from "lucide-react";
import { type ReactNode, useState } from "react";

import { automationQuery } from "@/api/automations";
import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { ConfigText } from "@/components/config-text";
import { ImpactDialog } from "@/components/impact-dialog";
import { KindLabel, SeverityBadge, SimulatedBadge, SourceLabel, StateBadge } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, Skeleton } from "@/components/page-states";
import { StatusSwitch } from "@/components/status-switch";
import { Button, buttonClass } from "@/components/ui/button";
import { Drawer } from "@/components/ui/drawer";
import { STATES } from "@/lib/states";

import { Around } from "./around";
import { Audit } from "./audit";
import { FireForm } from "./fire-form";
import { NextFires } from "./next-fires";
import { Policy } from "./policy";
import { RecentRuns } from "./recent-runs";

/** Everything about one automation, over the page it was opened from. */
export function AutomationDrawer({ name }: { name: string }) {
  const open = useOpenAutomation();
  const automation = useQuery(automationQuery(name));
  return (
    <Drawer onClose={() => open(undefined)} title={automation.data?.name ?? name} actions={automation.data && <Actions automation={automation.data} />}>
      {automation.isPending && <Skeleton rows={10} />}
      {automation.isError && !automation.data && (
        <Failure error={automation.error} onRetry={() => void automation.refetch()} />
      )}
      {automation.data && <Content automation={automation.data} />}
    </Drawer>
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
          automation={automation}
          action="delete"
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
          {STATES[automation.state].badge && <StateBadge state={automation.state} />}
          {automation.simulated && <SimulatedBadge />}
        </div>
        {automation.description && <p className="text-ink-2">{automation.description}</p>}
        <Why automation={automation} />
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
      <Section title="Runs" action={<RunsLink automation={automation} />}>
        <RecentRuns automation={automation} />
      </Section>
      <Section title={automation.type === "schedule" ? "When" : "Trigger"}>
        <ConfigText automation={automation} />
        {automation.type === "schedule" && automation.isActive && <NextFires automation={automation} />}
      </Section>
      <Section title="Health policy">
        <Policy automation={automation} />
      </Section>
      <Around automation={automation} />
      <Section title="Temporal">
        <TemporalLinks automation={automation} base={session?.temporalUrl} />
      </Section>
      <Section title="What was done">
        <Audit name={automation.slug} />
      </Section>
    </div>
  );
}

/** Why it is in the state it is in, where that is not as it should be. */
function Why({ automation }: { automation: AutomationDetail }) {
  const lines = [
    automation.state === "paused" && automation.pausedBy ? `Paused by ${automation.pausedBy}` : null,
    automation.pausedReason || null,
    automation.syncError,
    STATES[automation.state].badge && automation.state !== "paused" ? STATES[automation.state].meaning : null,
  ].filter(Boolean);
  if (lines.length === 0) return null;
  return <p className="rounded-md bg-sunken px-2.5 py-1.5 text-ink-2">{lines.join(". ").replaceAll("..", ".")}</p>;
}

function RunsLink({ automation }: { automation: AutomationDetail }) {
  return (
    <Link to="/runs" search={{ automation: automation.slug }} className="inline-flex items-center gap-1 text-accent hover:underline">
      <Play className="size-3" /> All runs
    </Link>
  );
}

function TemporalLinks({ automation, base }: { automation: AutomationDetail; base: string | undefined }) {
  if (!automation.temporalScheduleId || !base) {
    return <p className="text-ink-3">No clock in Temporal fires it. Its runs are Temporal workflows; each run links to its own.</p>;
  }
  return (
    <p className="flex flex-wrap items-center gap-x-3">
      <a
        href={`${base}/schedules/${encodeURIComponent(automation.temporalScheduleId)}`}
        target="_blank"
        rel="noreferrer"
        className="inline-flex items-center gap-1 text-accent hover:underline"
      >
        Its schedule in Temporal <ExternalLink className="size-3" />
      </a>
      <span className="text-ink-3">
        {automation.syncedRevision >= automation.revision
          ? "as saved"
          : `at revision ${automation.syncedRevision}, saved is ${automation.revision}`}
      </span>
    </p>
  );
}

export function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-t border-line px-4 py-3">
      <header className="mb-2 flex items-center text-xs">
        <h3 className="flex-1 font-medium text-ink-2">{title}</h3>
        {action}
      </header>
      {children}
    </section>
  );
}
