import { useMutation, useQuery } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { useState } from "react";

import { ApiError } from "@/api/client";
import { applySpread, type SpreadPlan, spreadPlanQuery, type SpreadRequest, undoSpread } from "@/api/load";
import { covers, sessionQuery } from "@/api/session";
import { useAutomationActions } from "@/components/automation-actions";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { Skeleton } from "@/components/page-states";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useZone } from "@/lib/preferences";
import { count, plural } from "@/lib/text/format";
import { useDebounced } from "@/lib/use-debounced";

import { Moves } from "./moves";
import { Options, type Chosen } from "./options";
import { Peaks } from "./peaks";
import { Stays } from "./stays";
import { Waits } from "./waits";
import { outcome } from "./words";

const TYPING_MS = 500;
/** Suggested unless the server's settings say how far schedules may move. */
const SUGGESTED_MINUTES = 15;

interface SpreadDialogProps {
  which: Pick<SpreadRequest, "automations" | "filter">;
  onClose: () => void;
}

/** Shows which schedules would move so that fewer start together, and then applies exactly that plan. */
export function SpreadDialog({ which, onClose }: SpreadDialogProps) {
  const zone = useZone();
  const session = useQuery(sessionQuery());
  const { refresh } = useAutomationActions();
  const [chosen, setChosen] = useState<Chosen>({
    slackMinutes: session.data?.spreadMinutes || SUGGESTED_MINUTES,
    targetHour: null,
    targetMinute: null,
  });
  const settled = useDebounced(chosen, TYPING_MS);
  const planning = useQuery(spreadPlanQuery({ ...which, ...settled, tz: zone }));
  const plan = planning.isFetching || settled !== chosen ? undefined : planning.data;
  const apply = useMutation({
    mutationFn: applySpread,
    onSuccess: (applied) => {
      notifyDone(outcome(applied, "moved"), () => undo(applied, refresh));
      onClose();
      void refresh();
    },
    // A schedule has changed since the plan was made.
    onError: (error) => error instanceof ApiError && error.status === 409 && void planning.refetch(),
  });
  const moves = plan?.moves.length;
  const problem = apply.error ?? planning.error;
  const mayApply = covers(session.data, "admin");
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Spread schedules"
      description="Moves schedules by a few minutes so that fewer runs start together. Days and time zones stay. Nothing changes until you apply the plan."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={!moves || !mayApply}
            title={mayApply ? undefined : "Needs the scope admin"}
            // Not disabled while working, so that it keeps the focus; a second click does nothing.
            aria-disabled={apply.isPending}
            onClick={() => plan && !apply.isPending && apply.mutate(plan.planId)}
          >
            {apply.isPending && <LoaderCircle className="size-3.5 animate-spin" />}
            {apply.isPending ? "Moving" : "Move"} {moves ? plural(moves, "schedule") : ""}
            {apply.isPending && "…"}
          </Button>
        </>
      }
    >
      <Options chosen={chosen} onChange={setChosen} />
      <p role="status" className={plan || planning.isError ? "sr-only" : "mb-2 text-ink-3"}>
        {plan
          ? planned(plan)
          : planning.isError
            ? ""
            : "Planning. With thousands of schedules this takes half a minute."}
      </p>
      <Problem error={problem} className="mb-2" />
      {plan ? <Plan plan={plan} /> : !planning.isError && <Skeleton rows={6} />}
    </Dialog>
  );
}

function Plan({ plan }: { plan: SpreadPlan }) {
  return (
    <div className="flex flex-col gap-4">
      <Peaks plan={plan} />
      <p className="text-ink-2">{planned(plan)}</p>
      {plan.moves.length > 0 && plan.appliedAt === null && <Waits plan={plan.planId} zone={plan.timezone} />}
      {plan.moves.length > 0 && <Moves moves={plan.moves} />}
      {plan.unmovable.length > 0 && <Stays fixed={plan.unmovable} />}
    </div>
  );
}

function planned({ moves, totalShiftMinutes, reached }: SpreadPlan): string {
  const missed = reached ? "" : "What you asked for cannot be reached; this is as near as it gets. ";
  if (moves.length === 0) return `${missed}No schedule needs to move.`;
  return `${missed}${plural(moves.length, "schedule")} would move, ${count(totalShiftMinutes)} min in all.`;
}

/** Moves a plan's schedules back; the message of the plan offers it. */
async function undo(plan: SpreadPlan, refresh: () => Promise<void>): Promise<boolean> {
  try {
    notifyDone(outcome(await undoSpread(plan.planId), "moved back"));
    return true;
  } catch (error) {
    notifyError(error);
    return false;
  } finally {
    void refresh();
  }
}
