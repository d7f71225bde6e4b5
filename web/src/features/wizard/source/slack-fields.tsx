import { Help, WIDE } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { Field, Input, MONO } from "@/components/ui/field";

import { CodeLine } from "./code-line";
import { FilterField } from "./filter-field";
import type { PartProps } from "../part-props";

const SENT_COMMAND =
  '{"command": "/ask", "text": "what is new?", "user_id": "U0123456789", "channel_id": "C0123456789"}';
const SENT_EVENT =
  '{"type": "event_callback", "event": {"type": "app_mention", "text": "help me", "user": "U0123456789", "channel": "C0123456789"}}';

export function SlackFields(props: PartProps) {
  const { form, change, errors } = props;
  const { slack } = form;
  const set = (part: Partial<typeof slack>) => change({ slack: { ...slack, ...part } });
  return (
    <>
      <Field
        label="Slash command"
        path="slack.command"
        error={errorAt(errors, "slack.command")}
        hint="Or leave empty and enter events below"
      >
        {(ids) => (
          <Input
            {...ids}
            value={slack.command}
            placeholder="/ask"
            onChange={(event) => set({ command: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field label="Events" path="slack.events" error={errorAt(errors, "slack.events")} hint="Separated by commas">
        {(ids) => (
          <Input
            {...ids}
            value={slack.events}
            placeholder="app_mention, message"
            onChange={(event) => set({ events: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field
        label="Channel"
        path="slack.channel"
        error={errorAt(errors, "slack.channel")}
        hint="Channel ID. Leave empty for all channels."
      >
        {(ids) => (
          <Input
            {...ids}
            value={slack.channel}
            placeholder="C0123456789"
            onChange={(event) => set({ channel: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field
        label="Signing secret"
        path="slack.secret"
        error={errorAt(errors, "slack.secret")}
        hint="From your app. Leave empty to use the server's."
      >
        {(ids) => (
          <Input
            {...ids}
            value={slack.secret}
            onChange={(event) => set({ secret: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <div className={WIDE}>
        <Help title="What to set in Slack">
          <p>On your app's page at api.slack.com, set this as the request URL of each:</p>
          <CodeLine text={`${window.location.origin}/api/triggers/slack`} label="Copy the request URL" />
          <ul className="flex list-disc flex-col gap-0.5 pl-4">
            <li>Slash Commands: the command{slack.command && ` ${slack.command}`}, with this request URL.</li>
            <li>
              Event Subscriptions: on, this request URL, and under bot events {slack.events || "the events above"}.
            </li>
            <li>Basic Information has the signing secret. Slack must be able to reach this address over https.</li>
          </ul>
        </Help>
      </div>
      <FilterField
        {...props}
        path="slack.filter"
        knows="payload and name"
        example={slack.command ? "payload.text != ''" : "payload.event.text.contains('help')"}
        looks={slack.command ? SENT_COMMAND : SENT_EVENT}
        endpoint={null}
        value={slack.filter}
        onChange={(filter) => set({ filter })}
      />
    </>
  );
}
