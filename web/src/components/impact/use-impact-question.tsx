import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { impactQuery } from "@/api/impact";

import { type Asked, ImpactDialog } from "./impact-dialog";

/** A slow answer is waited for in the dialog, so that a click is never without effect. */
const SOON_MS = 400;

/** Asks before something is paused that others need; `confirm` goes on at once if nothing active would lose by it. */
export function useImpactQuestion(): {
  confirm: (asked: Asked, goOn: () => void) => void;
  question: ReactNode;
} {
  const queries = useQueryClient();
  const [open, setOpen] = useState<{ asked: Asked; goOn: () => void }>();

  async function confirm(asked: Asked, goOn: () => void) {
    const { automation, action, until } = asked;
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), SOON_MS));
    const found = queries.fetchQuery(impactQuery(automation.slug, action, until)).catch(() => null);
    const impact = await Promise.race([found, late]);
    if (impact?.asks === false) goOn();
    else setOpen({ asked, goOn });
  }

  return {
    confirm: (asked, goOn) => void confirm(asked, goOn),
    question: open && <ImpactDialog asked={open.asked} onConfirm={open.goOn} onClose={() => setOpen(undefined)} />,
  };
}
