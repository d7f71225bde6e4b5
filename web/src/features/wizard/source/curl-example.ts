import type { Form } from "../draft";

/** The default example payload. */
const BODY = `BODY='{"hello": "world"}'`;
const JSON_TYPE = "-H 'content-type: application/json'";
const hex = (bytes: string) => `$(${bytes} | od -An -v -tx1 | tr -d ' \\n')`;
const PLAIN = 'printf %s "$SECRET"';
const DECODED = 'printf %s "${SECRET#whsec_}" | base64 -d';
/** A placeholder while the secret is unknown. */
const EITHER = `case "$SECRET" in (whsec_*) ${DECODED};; (*) ${PLAIN};; esac`;
/** Quotes a text for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const hmac = (text: string, options: string) => `$(printf %s "${text}" | openssl dgst -sha256 ${options})`;

/** Shell commands that call a webhook, with curl and openssl only. */
export function curlExample(webhook: Form["webhook"], address: string, secret: string | null): string {
  const known = `SECRET=${quoted(secret ?? "...")}`;
  switch (webhook.verification) {
    case "none":
      return lines(BODY, `curl '${address}' ${JSON_TYPE} -d "$BODY"`);
    case "header":
      return lines(known, BODY, `curl '${address}' ${JSON_TYPE} -H "${webhook.header}: $SECRET" -d "$BODY"`);
    case "github":
      return lines(
        known,
        BODY,
        `SIGNATURE=${hmac("$BODY", '-hmac "$SECRET" -hex | sed "s/.* //"')}`,
        `curl '${address}' ${JSON_TYPE} -H "x-hub-signature-256: sha256=$SIGNATURE" -d "$BODY"`,
      );
    case "slack":
      return lines(
        known,
        BODY,
        "AT=$(date +%s)",
        `SIGNATURE=${hmac("v0:$AT:$BODY", '-hmac "$SECRET" -hex | sed "s/.* //"')}`,
        `curl '${address}' ${JSON_TYPE} -H "x-slack-request-timestamp: $AT" -H "x-slack-signature: v0=$SIGNATURE" -d "$BODY"`,
      );
    default:
      return lines(
        known,
        BODY,
        "ID=msg_$(date +%s%N) AT=$(date +%s)",
        `KEY=${hex(secret === null ? EITHER : secret.startsWith("whsec_") ? DECODED : PLAIN)}`,
        `SIGNATURE=${hmac("$ID.$AT.$BODY", '-mac HMAC -macopt "hexkey:$KEY" -binary | base64')}`,
        `curl '${address}' ${JSON_TYPE} -H "webhook-id: $ID" -H "webhook-timestamp: $AT" -H "webhook-signature: v1,$SIGNATURE" -d "$BODY"`,
      );
  }
}

const lines = (...all: string[]) => all.join("\n");

/** Settings for senders that are configured on a web page. */
export const SENDERS: Readonly<Record<string, string>> = {
  github:
    "In GitHub: Settings, Webhooks, Add webhook. The address above is the payload URL, the content type is application/json, and the secret is the one above.",
  standard: "Works with every sender that supports Standard Webhooks: enter the address and the secret there.",
  header: "The sender puts the secret itself into the header.",
  slack: "For a Slack app, choose Slack as the source instead: it has its own address.",
  none: "Anyone who knows the address can call it.",
};
