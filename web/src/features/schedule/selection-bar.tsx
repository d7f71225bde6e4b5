import { useQuery } from "@tanstack/react-query";
import { Archive, Pause, Play, X, Zap } from "lucide-react";
import { useState } from "react";

import { archiveAutomation, fireAutomation, pauseAutomation, resumeAutomation } from "@/api/automations";
import { covers, sessionQuery } from "@/api/session";
import type { Automation } from "@/api/types";
import { useAutomationActions } from "@/components/automation-actions";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { sayDone, sayFailed } from "@/components/ui/toast";
import { plural } from "@/lib/format";

type Action = "pause" | "resume" | "fire" | "archive";

interface Deed {
  verb: string;
  done: string;
  icon: typeof Pause;
  fits: (one: Automation) => boolean;
  work: (slug: string) => Promise<unknown>;
  back?: (slug: string) => Promise<unknown>;
  /** What to say before it is done; without it nobody is asked. */
  warning?: string;
}

const DEEDS: Record<Action, Deed> = {
  pause: {
    verb: "Pause",
    done: "paused",
    icon: Pause,
    fits: (one) => one.isActive && !one.isArchived,
    work: pauseAutomation,
    back: resumeAutomation,
  },
  resume: {
    verb: "Resume",
    done: "resumed",
    icon: Play,
    fits: (one) => !one.isActive && !one.isArchived,
    work: resumeAutomation,
    back: pauseAutomation,
  },
  fire: {
    verb: "Fire",
    done: "fired",
    icon: Zap,
    fits: (one) => one.isActive && !one.isArchived,
    work: (slug) => fireAutomation(slug),
    warning: "Each of them starts a run now, with its own default payload.",
  },
  archive: {
    verb: "Archive",
    done: "archived",
    icon: Archive,
    fits: (one) => !one.isArchived,
    work: archiveAutomation,
    warning: "Their clocks go, their runs stay.",
  },
};

interface SelectionBarProps {
  chosen: Automation[];
  onClear: () => void;
}

/** What can be done to all that are selected; each button says how many it would touch. */
export function SelectionBar({ chosen, onClear }: SelectionBarProps) {
  const { refresh } = useAutomationActions();
  const session = useQuery(sessionQuery());
  const [asking, setAsking] = useState<Action>();
  const [progress, setProgress] = useState<string>();

  async function carryOut(deed: Deed, work: Deed["work"], done: string, fitting: Automation[]): Promise<string[]> {
    const worked: string[] = [];
    const failures: unknown[] = [];
    for (const one of fitting) {
      setProgress(`${deed.verb} ${worked.length + failures.length + 1} of ${fitting.length}`);
      await work(one.slug).then(
        () => worked.push(one.slug),
        (error: unknown) => failures.push(error),
      );
    }
    setProgress(undefined);
    await refresh();
    if (worked.length > 0) {
      const back = deed.back;
      const again = fitting.filter((one) => worked.includes(one.slug));
      sayDone(`${plural(worked.length, "automation")} ${done}.`, back && (() => void carryOut(deed, back, "put back", again)));
    }
    if (failures.length > 0) sayFailed(failures[0]);
    return worked;
  }

  async function go(action: Action) {
    setAsking(undefined);
    const deed = DEEDS[action];
    await carryOut(deed, deed.work, deed.done, chosen.filter(deed.fits));
    if (action === "archive") onClear();
  }

  return (
    <div
      role="toolbar"
      aria-label="What is selected"
      className="appear fixed bottom-5 left-1/2 z-30 flex max-w-[calc(100vw-1rem)] -translate-x-1/2 items-center gap-1 overflow-x-auto rounded-lg border border-line-strong bg-raised p-1.5 shadow-pop"
    >
      <span className="px-2 font-medium whitespace-nowrap">{progress ?? `${chosen.length} selected`}</span>
      {(Object.keys(DEEDS) as Action[]).map((action) => {
        const { verb, icon: Icon, fits, warning } = DEEDS[action];
        const count = chosen.filter(fits).length;
        const allowed = covers(session.data, action === "archive" ? "admin" : "operate");
        return (
          <Button
            key={action}
            look="quiet"
            disabled={count === 0 || !allowed || progress !== undefined}
            onClick={() => (warning ? setAsking(action) : void go(action))}
          >
            <Icon className="size-3.5" /> {verb} {count}
          </Button>
        );
      })}
      <Button look="quiet" size="icon" aria-label="Clear the selection" onClick={onClear}>
        <X className="size-4" />
      </Button>
      {asking && (
        <Dialog
          open
          onClose={() => setAsking(undefined)}
          title={`${DEEDS[asking].verb} ${plural(chosen.filter(DEEDS[asking].fits).length, "automation")}?`}
          description={DEEDS[asking].warning}
          footer={
            <>
              <Button onClick={() => setAsking(undefined)}>Cancel</Button>
              <Button look={asking === "archive" ? "danger" : "primary"} onClick={() => void go(asking)}>
                {DEEDS[asking].verb}
              </Button>
            </>
          }
        >
          <ul className="max-h-64 overflow-y-auto text-ink-2">
            {chosen.filter(DEEDS[asking].fits).map((one) => (
              <li key={one.id}>{one.name}</li>
            ))}
          </ul>
        </Dialog>
      )}
    </div>
  );
}
