import type { ReactNode } from "react";

import type { AutomationDetail } from "@/api/types";
import { CopyButton } from "@/components/copy-button";
import { CATCHUPS, OVERLAPS, VERIFICATIONS } from "@/lib/words/config";
import { cn } from "@/lib/cn";
import { inWords } from "@/lib/time/time";

import { NextFires } from "./next-fires";
import { Section } from "./section";

/** The schedule or trigger in full; the list shows one line of it. */
export function FiringSection({ automation }: { automation: AutomationDetail }) {
  const { config, type } = automation;
  const scheduled = type === "schedule";
  return (
    <Section title={scheduled ? "Schedule" : "Trigger"}>
      {config.cronText && <p>{config.cronText}</p>}
      {config.webhookPath && <WebhookAddress path={config.webhookPath} />}
      {type === "manual" && (
        <p>
          Fires only on request: here, with <Code>podium fire {automation.slug}</Code> or through the API.
        </p>
      )}
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
        {config.cronExpr && (
          <Line name="Cron">
            <Code>{config.cronExpr}</Code> <span className="text-ink-3">in {config.timezone}</span>
          </Line>
        )}
        {config.spreadFrom && (
          <Line name="Moved by spreading">
            from {config.spreadFromText} <Code>{config.spreadFrom}</Code>
          </Line>
        )}
        {scheduled && automation.spreadMinutes > 0 && (
          <Line name="Spreading">May move it by up to {inWords(automation.spreadMinutes * 60)}</Line>
        )}
        {config.verification && (
          <Line name="Verification">
            <span className={cn(config.verification === "none" && "text-unstable")}>
              {VERIFICATIONS[config.verification]}
            </span>
          </Line>
        )}
        {config.eventName && (
          <Line name="Event">
            <Code>{config.eventName}</Code>
          </Line>
        )}
        {config.slackCommand && (
          <Line name="Command">
            <Code>{config.slackCommand}</Code>
          </Line>
        )}
        {config.slackEvents && config.slackEvents.length > 0 && (
          <Line name="Slack events">{config.slackEvents.join(", ")}</Line>
        )}
        {config.slackChannel && <Line name="Channel">{config.slackChannel}</Line>}
        {config.filter && (
          <Line name="Only if">
            <Code>{config.filter}</Code>
          </Line>
        )}
        {scheduled && config.overlap && (
          <Line name="If the previous run is still going">{OVERLAPS[config.overlap]}</Line>
        )}
        {scheduled && config.catchupSeconds ? (
          <Line name="After an outage">Catches up within {inWords(config.catchupSeconds)}</Line>
        ) : null}
        {scheduled && config.catchup && config.catchup !== "none" && (
          <Line name="Missed due times">{CATCHUPS[config.catchup]}</Line>
        )}
        {scheduled && config.jitterSeconds ? (
          <Line name="Jitter">Random delay of up to {inWords(config.jitterSeconds)}</Line>
        ) : null}
      </dl>
      {scheduled && <Coming automation={automation} />}
    </Section>
  );
}

function Coming({ automation }: { automation: AutomationDetail }) {
  if (automation.isArchived) return null;
  if ((!automation.isActive && !automation.pausedUntil) || automation.state === "paused") {
    return <p className="mt-2 text-ink-3">Nothing is due while it is paused.</p>;
  }
  return <NextFires automation={automation} />;
}

function WebhookAddress({ path }: { path: string }) {
  const address = `/api/webhooks/${path}`;
  return (
    <p className="flex min-w-0 items-center gap-1">
      <Code>POST {address}</Code>
      <CopyButton text={window.location.origin + address} label="Copy webhook URL" />
    </p>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Code({ children }: { children: ReactNode }) {
  return <code className="font-mono text-xs break-all">{children}</code>;
}
