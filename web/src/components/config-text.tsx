import type { Automation } from "@/api/types";

import { CopyButton } from "./copy-button";

export function ConfigText({ automation }: { automation: Automation }) {
  const { config } = automation;
  if (config.webhookPath) {
    const path = `/api/webhooks/${config.webhookPath}`;
    return (
      <span className="flex min-w-0 items-center gap-1">
        <span className="min-w-0">
          <code className="block truncate font-mono text-xs text-ink-2">{path}</code>
          <Line
            text={
              config.verification === "none" ? "not verified: anyone can call it" : `verified: ${config.verification}`
            }
            alarm={config.verification === "none"}
          />
        </span>
        <CopyButton text={window.location.origin + path} label="Copy the webhook's address" />
      </span>
    );
  }
  const [main, note] = configWords(automation);
  return (
    <span className="block min-w-0">
      <span className="block truncate text-ink-2" title={config.cronExpr ?? undefined}>
        {main}
      </span>
      <Line text={note} />
    </span>
  );
}

function Line({ text, alarm = false }: { text: string | null | undefined; alarm?: boolean }) {
  if (!text) return null;
  return <span className={`block truncate text-xs ${alarm ? "text-unstable" : "text-ink-3"}`}>{text}</span>;
}

function configWords(automation: Automation): [string, string | null] {
  const { config } = automation;
  if (config.cronExpr) return [config.cronText ?? config.cronExpr, `${config.cronExpr} · ${city(config.timezone)}`];
  if (config.eventName) return [config.eventName, config.filter ? `if ${config.filter}` : null];
  if (config.slackCommand) return [config.slackCommand, config.slackChannel ?? null];
  if (config.slackEvents?.length) return [config.slackEvents.join(", "), config.slackChannel ?? null];
  return ["Manual", null];
}

function city(zone: string | null | undefined): string {
  return zone?.split("/").at(-1)?.replaceAll("_", " ") ?? "UTC";
}
