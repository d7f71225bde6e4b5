import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { curlExample, SENDERS } from "./curl-example";
import { CodeLine } from "./code-line";
import type { Form } from "../draft";
import { addressOf } from "./webhook-fields";

/** Shows a new secret once, with the URL and an example call. */
export function SecretDialog({
  name,
  webhook,
  onDone,
}: {
  name: string;
  webhook: Form["webhook"];
  onDone: () => void;
}) {
  const address = addressOf(webhook);
  return (
    <Dialog
      open
      wide
      onClose={onDone}
      title={`${name} is saved`}
      description="Copy the secret now. It won't be shown again."
      footer={
        <Button look="primary" onClick={onDone}>
          I have copied it
        </Button>
      }
    >
      <div className="flex flex-col gap-1">
        <h3 className="text-xs font-medium text-ink-2">Secret</h3>
        <CodeLine text={webhook.secret} label="Copy the secret" />
        <h3 className="mt-2 text-xs font-medium text-ink-2">Address</h3>
        <CodeLine text={address} label="Copy the address" />
        <h3 className="mt-2 text-xs font-medium text-ink-2">Try it</h3>
        <CodeLine text={curlExample(webhook, address, webhook.secret)} label="Copy the call" />
        <p className="mt-1 text-ink-2">{SENDERS[webhook.verification]}</p>
      </div>
    </Dialog>
  );
}
