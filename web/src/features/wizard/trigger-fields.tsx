import { KeyRound } from "lucide-react";

import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/field";
import { VERIFICATIONS } from "@/lib/config-words";

import type { PartProps } from "./page";
import { Wide } from "./part";

const SECRET_BYTES = 24;

/** A secret of Standard Webhooks' form, which the other providers take as well. */
function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCodePoint(...bytes))}`;
}

export function WebhookFields({ form, change, errors, editing }: PartProps) {
  const { webhook } = form;
  const set = (part: Partial<typeof webhook>) => change({ webhook: { ...webhook, ...part } });
  const address = `${window.location.origin}/api/webhooks/${webhook.path || "…"}`;
  return (
    <>
      <Field
        label="Path"
        error={errors["webhook.path"]}
        hint={
          <span className="flex items-center gap-1">
            <code className="truncate font-mono">{address}</code>
            {webhook.path && <CopyButton text={address} label="Copy the address" />}
          </span>
        }
      >
        {(ids) => <Input {...ids} value={webhook.path} onChange={(event) => set({ path: event.target.value })} className="font-mono" />}
      </Field>
      <Field label="Verified as" error={errors["webhook.verification"]}>
        {(ids) => (
          <Select {...ids} value={webhook.verification} onChange={(event) => set({ verification: event.target.value })}>
            {Object.entries(VERIFICATIONS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {webhook.verification !== "none" && (
        <Field
          label="Secret"
          error={errors["webhook.secret"]}
          hint={editing ? "As ******** it stays what it is." : "Shown here and never again; copy it to whoever calls."}
        >
          {(ids) => (
            <span className="flex items-center gap-1.5">
              <Input {...ids} value={webhook.secret} onChange={(event) => set({ secret: event.target.value })} className="font-mono" />
              {webhook.secret && !webhook.secret.startsWith("***") && <CopyButton text={webhook.secret} label="Copy the secret" />}
              <Button onClick={() => set({ secret: newSecret() })}>
                <KeyRound className="size-3.5" /> Make one
              </Button>
            </span>
          )}
        </Field>
      )}
      {webhook.verification === "header" && (
        <Field label="Header" error={errors["webhook.header"]}>
          {(ids) => <Input {...ids} value={webhook.header} onChange={(event) => set({ header: event.target.value })} />}
        </Field>
      )}
      <FilterField
        value={webhook.filter}
        error={errors["webhook.filter"]}
        knows="payload and headers"
        onChange={(filter) => set({ filter })}
      />
    </>
  );
}

export function EventFields({ form, change, errors }: PartProps) {
  const { event } = form;
  return (
    <>
      <Field label="Event" error={errors["event.name"]} hint="As your platform names it, for instance order.created">
        {(ids) => (
          <Input
            {...ids}
            value={event.name}
            onChange={(change_) => change({ event: { ...event, name: change_.target.value } })}
            className="font-mono"
          />
        )}
      </Field>
      <FilterField
        value={event.filter}
        error={errors["event.filter"]}
        knows="payload and name"
        onChange={(filter) => change({ event: { ...event, filter } })}
      />
    </>
  );
}

export function SlackFields({ form, change, errors }: PartProps) {
  const { slack } = form;
  const set = (part: Partial<typeof slack>) => change({ slack: { ...slack, ...part } });
  return (
    <>
      <Field label="Slash command" error={errors["slack.command"]}>
        {(ids) => <Input {...ids} value={slack.command} placeholder="/ask" onChange={(event) => set({ command: event.target.value })} />}
      </Field>
      <Field label="Events" error={errors["slack.events"]} hint="Comma between, for instance message, app_mention">
        {(ids) => <Input {...ids} value={slack.events} onChange={(event) => set({ events: event.target.value })} />}
      </Field>
      <Field label="Channel" error={errors["slack.channel"]} hint="Empty: every channel">
        {(ids) => <Input {...ids} value={slack.channel} onChange={(event) => set({ channel: event.target.value })} />}
      </Field>
      <Field label="Signing secret" error={errors["slack.secret"]} hint="Empty: the server's own">
        {(ids) => <Input {...ids} value={slack.secret} onChange={(event) => set({ secret: event.target.value })} />}
      </Field>
      <FilterField value={slack.filter} error={errors["slack.filter"]} knows="payload" onChange={(filter) => set({ filter })} />
    </>
  );
}

interface FilterFieldProps {
  value: string;
  error: string | undefined;
  knows: string;
  onChange: (filter: string) => void;
}

function FilterField({ value, error, knows, onChange }: FilterFieldProps) {
  return (
    <Wide>
      <Field label="Only if (CEL)" error={error} hint={`Empty: always. It knows ${knows}, for instance payload.total > 10`}>
        {(ids) => <Input {...ids} value={value} onChange={(event) => onChange(event.target.value)} className="font-mono" />}
      </Field>
    </Wide>
  );
}
