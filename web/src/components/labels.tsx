import type { Automation, AutomationState, Kind, RunStatus, Severity, Source, StepStatus } from "@/api/types";
import { cn } from "@/lib/cn";
import { KINDS } from "@/lib/words/kinds";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { SEVERITIES } from "@/lib/words/severity";
import { SOURCES } from "@/lib/words/sources";
import { snoozedUntil } from "@/lib/time/snooze";
import { STATES, TONES } from "@/lib/words/states";
import { STATUSES } from "@/lib/words/statuses";
import { exact, relative } from "@/lib/time/time";

import { Badge } from "./ui/badge";
import { Mark } from "./ui/mark";

export function KindLabel({
  kind,
  className,
  short,
}: {
  kind: Kind;
  className?: string;
  /** Classes of the word, such as hiding it in narrow columns. */
  short?: string;
}) {
  const { icon: Icon, label, tint } = KINDS[kind];
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap text-ink-2", className)}>
      <Icon className={cn("size-3.5 shrink-0", tint)} strokeWidth={1.8} />
      <span className={short}>{label}</span>
    </span>
  );
}

export function SourceLabel({ source }: { source: Source }) {
  const { icon: Icon, label } = SOURCES[source];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-ink-2">
      <Icon className="size-3.5 shrink-0 text-ink-3" strokeWidth={1.8} />
      {label}
    </span>
  );
}

export function SeverityBadge({ severity, isNew = false }: { severity: Severity; isNew?: boolean }) {
  if (isNew) return <Badge className="bg-sunken text-ink-3">New</Badge>;
  const look = SEVERITIES[severity];
  return <Badge className={look.badge}>{look.label}</Badge>;
}

export function StateBadge({ state, until }: { state: AutomationState; until?: string | null | undefined }) {
  const look = STATES[state];
  const now = useNow();
  const zone = useZone();
  return (
    <Badge className={TONES[look.tone]} title={look.meaning}>
      {until ? snoozedUntil(until, now, zone) : look.label}
    </Badge>
  );
}

/** The icon of a state, without its name. */
export function StatusMark({ status, className }: { status: RunStatus | StepStatus; className?: string | undefined }) {
  return <Mark shape={STATUSES[status].shape} className={cn(STATUSES[status].mark, className)} />;
}

export function StatusDot({ status, className }: { status: RunStatus | StepStatus; className?: string }) {
  return (
    <span
      role="img"
      aria-label={STATUSES[status].label}
      title={STATUSES[status].label}
      className="inline-flex shrink-0"
    >
      <StatusMark status={status} className={className} />
    </span>
  );
}

export function StatusLabel({ status }: { status: RunStatus | StepStatus }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StatusMark status={status} />
      <span className={STATUSES[status].text}>{STATUSES[status].label}</span>
    </span>
  );
}

/** A relative time; the tooltip has the exact time in the page's zone. */
export function When({
  at,
  text,
  className,
}: {
  at: string | null | undefined;
  text?: string | undefined;
  className?: string | undefined;
}) {
  const now = useNow();
  const zone = useZone();
  if (!at) return <span className={cn("text-ink-3", className)}>—</span>;
  return (
    <time dateTime={at} title={exact(at, zone)} className={cn("whitespace-nowrap", className)}>
      {text ?? relative(at, now)}
    </time>
  );
}

/** The next fire. A due fire within the API's grace period is "starting", not late. */
export function Due({ automation, className }: { automation: Automation; className?: string }) {
  const now = useNow();
  const at = automation.isActive || automation.pausedUntil ? automation.stats.nextRunAt : null;
  const isDue = at != null && Date.parse(at) <= now && automation.state !== "overdue";
  return <When at={at} text={isDue ? "due now" : undefined} className={className} />;
}

export function SimulatedBadge() {
  return (
    <Badge className="border border-dashed border-line-strong text-ink-3" title="Uses a simulated runner">
      Simulated
    </Badge>
  );
}
