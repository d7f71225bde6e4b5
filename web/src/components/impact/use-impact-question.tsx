import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";

import { impactQuery } from "@/api/impact";

import { type Asked, ImpactDialog } from "./impact-dialog";

/** A slow answer is waited for in the dialog, so that a click is never without effect. */
const SOON_MS = 400;

interface Question {
  asked: Asked;
  goOn: () => void;
}

/** Asks before something is paused that others need; `confirm` goes on by itself if nothing active would lose by it. */
export function useImpactQuestion(): {
  confirm: (asked: Asked, goOn: () => void) => void;
  question: ReactNode;
} {
  const queries = useQueryClient();
  const [open, setOpen] = useState<Question>();
  const shown = useRef<Question>(undefined);

  function show(question: Question | undefined) {
    shown.current = question;
    setOpen(question);
  }

  async function confirm(asked: Asked, goOn: () => void) {
    const { automation, action, until } = asked;
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), SOON_MS));
    const found = queries.fetchQuery(impactQuery(automation.slug, action, until)).catch(() => null);
    const impact = await Promise.race([found, late]);
    if (impact?.asks === false) {
      goOn();
      return;
    }
    const question = { asked, goOn };
    show(question);
    if (impact !== undefined || (await found)?.asks !== false) return;
    // The answer came late, and nothing depends on it; unless somebody has decided meanwhile.
    if (shown.current === question) {
      show(undefined);
      goOn();
    }
  }

  return {
    confirm: (asked, goOn) => void confirm(asked, goOn),
    question: open && <ImpactDialog asked={open.asked} onConfirm={open.goOn} onClose={() => show(undefined)} />,
  };
}
