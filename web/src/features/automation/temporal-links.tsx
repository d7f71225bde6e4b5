import { ExternalLink } from "lucide-react";

import type { AutomationDetail } from "@/api/types";

import { Section } from "./section";

/** Links to the automation's schedule and runs in the Temporal UI. */
export function TemporalLinks({ automation, base }: { automation: AutomationDetail; base: string | undefined }) {
  if (!base) return null;
  const { temporalScheduleId, revision, syncedRevision } = automation;
  const runs = new URLSearchParams({ query: `PodiumAutomation="${automation.id}"` });
  return (
    <Section title="Temporal">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Outside href={`${base}/workflows?${runs}`}>Runs</Outside>
        {temporalScheduleId ? (
          <>
            <Outside href={`${base}/schedules/${encodeURIComponent(temporalScheduleId)}`}>Schedule</Outside>
            <span className="text-ink-3">
              {syncedRevision >= revision
                ? "in sync"
                : `Temporal has revision ${syncedRevision}; Podium has ${revision}`}
            </span>
          </>
        ) : (
          <span className="text-ink-3">Not on a Temporal schedule.</span>
        )}
      </p>
    </Section>
  );
}

function Outside({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1 text-accent hover:underline"
    >
      {children} <ExternalLink className="size-3" />
    </a>
  );
}
