import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Play, RotateCcw } from "lucide-react";
import type { ReactNode } from "react";

import { covers, sessionQuery } from "@/api/session";
import type { AutomationDetail, AutomationState } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { When } from "@/components/labels";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { ordinal } from "@/lib/text/format";
import { KINDS } from "@/lib/words/kinds";
import { useZone } from "@/lib/preferences";
import { STATES } from "@/lib/words/states";
import { dayAndTime } from "@/lib/time/time";
import { cityOf } from "@/lib/time/zones";

import { NextProbe } from "./auto-disabled";

type Explain = (automation: AutomationDetail) => ReactNode;

/** Explains a state that needs attention: why, since when, by whom, and how to change it. */
const WHY: Record<AutomationState, Explain | null> = {
  new: null,
  ok: null,
  running: null,
  archived: (one) => (
    <>
      Archived <When at={one.archivedAt} />. It no longer fires; its runs are kept. <Restore automation={one} />
    </>
  ),
  auto_disabled: (one) => (
    <>
      Disabled by its health policy <When at={one.pausedAt ?? one.healthPolicy.triggeredAt} />
      <Reason text={one.pausedReason} />
      <NextProbe automation={one} />
      <Resume automation={one} note="Resuming starts a fresh health window." />
    </>
  ),
  snoozed: (one) => <Snoozed automation={one} />,
  paused: (one) => (one.isActive ? <SwitchedOff automation={one} /> : <Paused automation={one} />),
  over_budget: () => (
    <>
      A budget has no room for another run. Fires are skipped until its month ends or it is raised; see Budgets below.
    </>
  ),
  drifted: (one) => (
    <>
      {STATES.drifted.meaning} Podium keeps trying{one.syncError ? ": " : "."}
      {one.syncError && <span className="break-words">{one.syncError}</span>}
    </>
  ),
  overdue: (one) => (
    <>
      {one.stats.nextRunAt === null
        ? "It is active but will never fire. Check its cron expression."
        : "A fire is due and its run has not started. Check that a worker is running."}
    </>
  ),
  slowed: (one) => (
    <>
      Slowed down by its health policy {one.healthPolicy.triggeredAt && <When at={one.healthPolicy.triggeredAt} />}:
      only every {ordinal(one.healthPolicy.slowdown ?? 1)} due time fires. After {one.healthPolicy.minRuns} runs of
      which {one.healthPolicy.recoversAt}% complete it fires twice as often
      {one.healthPolicy.slowdown === 2 ? "." : ", and so on."}
      {one.healthPolicy.nextStepAt && (
        <>
          {" "}
          At the earliest <When at={one.healthPolicy.nextStepAt} />.
        </>
      )}
      <Resume automation={one} note="Resuming returns it to full speed now." />
    </>
  ),
};

export function StateNote({ automation }: { automation: AutomationDetail }) {
  const explain = WHY[automation.state];
  if (!explain) return null;
  const loud = STATES[automation.state].tone === "loud";
  return (
    <div
      role="note"
      aria-label={STATES[automation.state].label}
      className={cn(
        "rounded-md border-l-2 bg-sunken px-2.5 py-1.5 text-ink-2",
        loud ? "border-failing" : "border-line-strong",
      )}
    >
      {explain(automation)}
    </div>
  );
}

function Paused({ automation }: { automation: AutomationDetail }) {
  return (
    <>
      Paused
      {automation.pausedBy && ` by ${automation.pausedBy}`} <When at={automation.pausedAt} />
      <Reason text={automation.pausedReason} />
      <Resume automation={automation} note="Missed fires are not replayed." />
    </>
  );
}

function Snoozed({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const until = automation.pausedUntil;
  return (
    <>
      Snoozed until {until && <When at={until} text={dayAndTime(until, zone)} />} ({cityOf(zone)} time)
      {automation.pausedBy && ` by ${automation.pausedBy}`} <When at={automation.pausedAt} />
      <Reason text={automation.pausedReason} />
      <Resume automation={automation} note="Fires that are due in the meantime are not replayed." />
    </>
  );
}

function SwitchedOff({ automation }: { automation: AutomationDetail }) {
  const { primitiveType, entity } = automation;
  return (
    <>
      Paused because its {KINDS[primitiveType].label.toLowerCase()}{" "}
      <Link
        to="/primitives/$kind/$slug"
        params={{ kind: primitiveType, slug: entity.slug }}
        className="text-accent underline"
      >
        {entity.name}
      </Link>{" "}
      is inactive or archived. Fires are skipped until it is active again.
    </>
  );
}

function Reason({ text }: { text: string | null }) {
  return text ? <>: {text.replace(/\.$/, "")}.</> : <>.</>;
}

function Resume({ automation, note }: { automation: AutomationDetail; note: string }) {
  const { resume } = useAutomationActions();
  const { data: session } = useQuery(sessionQuery());
  if (!covers(session, "operate")) return null;
  return (
    <span className="mt-1.5 mb-0.5 flex flex-wrap items-center gap-x-2.5 gap-y-1">
      <Button size="sm" onClick={() => void resume(automation)}>
        <Play className="size-3.5" /> Resume
      </Button>
      <span className="text-ink-3">{note}</span>
    </span>
  );
}

function Restore({ automation }: { automation: AutomationDetail }) {
  const { restore } = useAutomationActions();
  const { data: session } = useQuery(sessionQuery());
  if (!covers(session, "admin")) return null;
  return (
    <span className="mt-1.5 mb-0.5 flex">
      <Button size="sm" onClick={() => void restore(automation)}>
        <RotateCcw className="size-3.5" /> Restore
      </Button>
    </span>
  );
}
