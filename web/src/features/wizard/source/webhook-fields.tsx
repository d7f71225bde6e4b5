import { CopyButton } from "@/components/copy-button";
import { Help, WIDE } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { Button } from "@/components/ui/button";
import { Field, Input, MONO, Select } from "@/components/ui/field";
import { VERIFICATIONS } from "@/lib/words/config";

import { curlExample, SENDERS } from "./curl-example";
import { CodeLine } from "./code-line";
import type { Form, SecretFrom } from "../draft";
import { FilterField } from "./filter-field";
import type { PartProps } from "../part-props";

const SECRETS: Record<SecretFrom, string> = {
  kept: "Keep the current one",
  new: "Generate a new one",
  own: "Use my own",
};

const SECRET_HINTS: Record<SecretFrom, string> = {
  kept: "It is encrypted and never shown again.",
  new: "It is generated when you save, and shown only once.",
  own: "Or env:NAME, for a variable of the server's environment",
};

export const addressOf = (webhook: Form["webhook"]) => `${window.location.origin}/api/webhooks/${webhook.path || "…"}`;

export function WebhookFields(props: PartProps) {
  const { form, change, errors } = props;
  const { webhook } = form;
  const set = (part: Partial<typeof webhook>) => change({ webhook: { ...webhook, ...part } });
  const address = addressOf(webhook);
  return (
    <>
      <Field
        label="Path"
        path="webhook.path"
        error={errorAt(errors, "webhook.path")}
        hint={
          <span className="flex items-center gap-1">
            <code className="min-w-0 truncate font-mono">{address}</code>
            {webhook.path && <CopyButton text={address} label="Copy the address" />}
          </span>
        }
      >
        {(ids) => (
          <Input
            {...ids}
            value={webhook.path}
            placeholder="on-push"
            onChange={(event) => set({ path: event.target.value })}
            className={MONO}
          />
        )}
      </Field>
      <Field label="Verification" path="webhook.verification" error={errorAt(errors, "webhook.verification")}>
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
      {webhook.verification !== "none" && <SecretFields {...props} />}
      {webhook.verification === "header" && (
        <Field label="Header" path="webhook.header" error={errorAt(errors, "webhook.header")}>
          {(ids) => (
            <Input
              {...ids}
              value={webhook.header}
              onChange={(event) => set({ header: event.target.value })}
              className={MONO}
            />
          )}
        </Field>
      )}
      <div className={WIDE}>
        <Help title="How to call it">
          <p>{SENDERS[webhook.verification]}</p>
          <CodeLine text={curlExample(webhook, address, null)} label="Copy the call" />
        </Help>
      </div>
      <FilterField
        {...props}
        path="webhook.filter"
        knows="payload and headers"
        example="payload.action == 'published'"
        endpoint={webhook.path ? `webhook:${webhook.path}` : ""}
        value={webhook.filter}
        onChange={(filter) => set({ filter })}
      />
    </>
  );
}

function SecretFields({ form, change, errors, editing }: PartProps) {
  const { webhook } = form;
  const set = (part: Partial<typeof webhook>) => change({ webhook: { ...webhook, ...part } });
  const error = errorAt(errors, "webhook.secret");
  const sources = (Object.keys(SECRETS) as SecretFrom[]).filter((from) => from !== "kept" || editing);
  return (
    <>
      <Field
        label="Secret"
        path={webhook.secretFrom === "own" ? undefined : "webhook.secret"}
        error={webhook.secretFrom === "own" ? undefined : error}
        hint={SECRET_HINTS[webhook.secretFrom]}
      >
        {(ids) => (
          <Select
            {...ids}
            value={webhook.secretFrom}
            onChange={(event) => set({ secretFrom: event.target.value as SecretFrom })}
          >
            {sources.map((from) => (
              <option key={from} value={from}>
                {SECRETS[from]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {webhook.secretFrom === "own" && (
        <Field label="Your secret" path="webhook.secret" error={error}>
          {(ids) => (
            <Input
              {...ids}
              value={webhook.secret}
              onChange={(event) => set({ secret: event.target.value })}
              className={MONO}
            />
          )}
        </Field>
      )}
      {webhook.previousSecret && (
        <p className="flex items-center gap-2 self-end text-ink-2">
          The previous secret is still accepted.
          <Button size="sm" onClick={() => set({ previousSecret: "" })}>
            Stop accepting it
          </Button>
        </p>
      )}
    </>
  );
}
