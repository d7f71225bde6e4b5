import { useQuery } from "@tanstack/react-query";
import { AlarmClock } from "lucide-react";
import { useState } from "react";

import { impactQuery } from "@/api/impact";
import { covers, sessionQuery } from "@/api/session";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { instantIn, snoozeChoices } from "@/lib/time/snooze";
import { cityOf } from "@/lib/time/zones";

import { useAutomationActions } from "./automation-actions";
import { ImpactList } from "./impact/impact-list";
import { useImpactQuestion } from "./impact/use-impact-question";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";
import { Field, Input } from "./ui/field";
import { Menu, MenuItem, MenuLabel } from "./ui/menu";

interface SnoozeMenuProps {
  automation: { slug: string; name: string };
}

/** Snoozes for a preset span or until a chosen time. */
export function SnoozeMenu({ automation }: SnoozeMenuProps) {
  const { snooze } = useAutomationActions();
  const { data: session } = useQuery(sessionQuery());
  const zone = useZone();
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const { confirm, question } = useImpactQuestion();
  if (!covers(session, "operate")) return null;
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" size="icon" aria-label="Snooze" title="Snooze">
            <AlarmClock className="size-4" />
          </Button>
        }
      >
        <MenuLabel>Pause {automation.name}</MenuLabel>
        {snoozeChoices(now, zone).map(({ label, until }) => (
          <MenuItem
            key={label}
            onSelect={() => confirm({ automation, action: "pause", until }, () => void snooze(automation, until))}
          >
            {label}
          </MenuItem>
        ))}
        <MenuItem onSelect={() => setAsking(true)}>Until…</MenuItem>
      </Menu>
      {asking && <SnoozeDialog automation={automation} onClose={() => setAsking(false)} />}
      {question}
    </>
  );
}

function SnoozeDialog({ automation, onClose }: SnoozeMenuProps & { onClose: () => void }) {
  const { snooze } = useAutomationActions();
  const zone = useZone();
  const [local, setLocal] = useState("");
  const [reason, setReason] = useState("");
  const until = instantIn(zone, local);
  const now = useNow();
  const isAhead = until !== undefined && Date.parse(until) > now;
  const impact = useQuery({ ...impactQuery(automation.slug, "pause", until), enabled: isAhead });
  async function save() {
    if (until && (await snooze(automation, until, reason))) onClose();
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Snooze ${automation.name}`}
      description="It resumes at that time. Fires that are due in the meantime are not replayed."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!until} onClick={() => void save()}>
            Snooze
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label={`Until (${cityOf(zone)} time)`}>
          {(ids) => (
            <Input {...ids} type="datetime-local" value={local} onChange={(event) => setLocal(event.target.value)} />
          )}
        </Field>
        <Field label="Reason (optional, kept in the audit log)">
          {(ids) => (
            <Input {...ids} value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
          )}
        </Field>
        {isAhead && impact.data && <ImpactList impact={impact.data} running={impact.data.runningNow} />}
      </div>
    </Dialog>
  );
}
