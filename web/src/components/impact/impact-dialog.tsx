import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";

import { type ImpactAction, impactQuery } from "@/api/impact";
import type { ImpactView } from "@/api/types";

import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { ImpactList } from "./impact-list";

/** What is to be done to an automation. */
export interface Asked {
  automation: { slug: string; name: string };
  action: Exclude<ImpactAction, "disable">;
  /** The end of a snooze. */
  until?: string;
}

interface ImpactDialogProps {
  asked: Asked;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirms pausing, snoozing or archiving an automation, with what it touches. */
export function ImpactDialog({ asked: { automation, action, until }, onConfirm, onClose }: ImpactDialogProps) {
  const impact = useQuery(impactQuery(automation.slug, action, until));
  const verb = action === "archive" ? "Archive" : until ? "Snooze" : "Pause";
  return (
    <ImpactQuestion
      title={`${verb} ${automation.name}?`}
      description={
        action === "archive" ? "It stops firing. Its runs are kept, and you can restore it later." : undefined
      }
      verb={verb}
      isDanger={action === "archive"}
      impact={impact}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}

interface ImpactQuestionProps {
  title: string;
  description?: string | undefined;
  verb: string;
  isDanger: boolean;
  isBusy?: boolean;
  own?: boolean;
  impact: UseQueryResult<ImpactView>;
  onConfirm: () => void;
  onClose: () => void;
}

/** A question with what the answer would touch. */
export function ImpactQuestion(props: ImpactQuestionProps) {
  const { title, description, verb, isDanger, isBusy = false, own = true, impact, onConfirm, onClose } = props;
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={isDanger ? "danger" : "primary"}
            // Nobody confirms what has not been shown; if it cannot be shown, that is said.
            disabled={impact.isPending || isBusy}
            onClick={() => {
              onConfirm();
              onClose();
            }}
          >
            {isBusy && <LoaderCircle className="size-3.5 animate-spin" />}
            {verb}
          </Button>
        </>
      }
    >
      {impact.data && <ImpactList impact={impact.data} running={impact.data.runningNow} own={own} />}
      {impact.isPending && <p className="text-ink-3">Checking what depends on it…</p>}
      {impact.isError && <p className="text-failing">{impact.error.message}</p>}
    </Dialog>
  );
}
