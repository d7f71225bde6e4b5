import { useQuery } from "@tanstack/react-query";

import { impactQuery } from "@/api/automations";

import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";

interface ImpactDialogProps {
  automation: { slug: string; name: string };
  action: "disable" | "delete";
  onConfirm: () => void;
  onClose: () => void;
}

const WORDS = {
  disable: { verb: "Pause", question: "Pause" },
  delete: { verb: "Archive", question: "Archive" },
} as const;

/** Confirms pausing or archiving, with the automations that depend on it. */
export function ImpactDialog({ automation, action, onConfirm, onClose }: ImpactDialogProps) {
  const impact = useQuery(impactQuery(automation.slug, action));
  const { verb, question } = WORDS[action];
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${question} ${automation.name}?`}
      description={
        action === "delete" ? "It stops firing. Its runs are kept, and you can restore it later." : undefined
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={action === "delete" ? "danger" : "primary"}
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {verb}
          </Button>
        </>
      }
    >
      {impact.data && impact.data.warnings.length > 0 && (
        <ul className="flex list-disc flex-col gap-1 pl-4 text-ink-2">
          {impact.data.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      {impact.data?.warnings.length === 0 && <p className="text-ink-2">Nothing depends on it.</p>}
      {impact.isPending && <p className="text-ink-3">Checking dependencies…</p>}
      {impact.isError && <p className="text-failing">{impact.error.message}</p>}
    </Dialog>
  );
}
