import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { covers, sessionQuery } from "@/api/session";

import { useAutomationActions } from "./automation-actions";
import { ImpactDialog } from "./impact-dialog";
import { Switch } from "./ui/switch";

interface StatusSwitchProps {
  automation: { slug: string; name: string; isActive: boolean; isArchived: boolean; triggers: readonly unknown[] };
}

/** Pauses and resumes; asks first if other automations depend on it. */
export function StatusSwitch({ automation }: StatusSwitchProps) {
  const { setActive } = useAutomationActions();
  const session = useQuery(sessionQuery());
  const [wanted, setWanted] = useState<boolean>();
  const [asking, setAsking] = useState(false);

  async function change(active: boolean) {
    setWanted(active);
    await setActive(automation, active);
    setWanted(undefined);
  }

  return (
    <>
      <Switch
        checked={wanted ?? automation.isActive}
        disabled={automation.isArchived || !covers(session.data, "operate")}
        busy={wanted !== undefined}
        label={`${automation.name} is active`}
        onChange={(active) => (!active && automation.triggers.length > 0 ? setAsking(true) : void change(active))}
      />
      {asking && (
        <ImpactDialog
          automation={automation}
          action="disable"
          onConfirm={() => void change(false)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
