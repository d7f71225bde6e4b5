import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { covers, sessionQuery } from "@/api/session";

import { useAutomationActions } from "./automation-actions";
import { useImpactQuestion } from "./impact/use-impact-question";
import { Switch } from "./ui/switch";

interface StatusSwitchProps {
  automation: { slug: string; name: string; isActive: boolean; isArchived: boolean };
}

/** Pauses and resumes; asks first if something active would lose by it. */
export function StatusSwitch({ automation }: StatusSwitchProps) {
  const { setActive } = useAutomationActions();
  const session = useQuery(sessionQuery());
  const [wanted, setWanted] = useState<boolean>();
  const { confirm, question } = useImpactQuestion();

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
        onChange={(active) =>
          active ? void change(true) : confirm({ automation, action: "pause" }, () => void change(false))
        }
      />
      {question}
    </>
  );
}
