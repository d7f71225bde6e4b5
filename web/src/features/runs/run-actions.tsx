import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Ban, Pause, Play, RotateCw, SlidersHorizontal } from "lucide-react";
import { useState } from "react";

import { isOpen, rerunRun, runKeys } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { RunOverview } from "@/api/types";
import { notifyError } from "@/components/messages/messages";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";

import { AddTaskDialog } from "./actions/add-task-dialog";
import { CancelDialog } from "./actions/cancel-dialog";
import { NoteDialog } from "./actions/note-dialog";

type Asked = "cancel" | "pause" | "resume" | "evaluate_now" | "add_task";

/** Everything that can be done to a run now: cancel it or run it again, and the signals that it takes. */
export function RunActions({ run }: { run: RunOverview }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery());
  const [asked, setAsked] = useState<Asked | null>(null);
  const rerun = useMutation({
    mutationFn: () => rerunRun(run.id),
    onSuccess: (fired) => {
      const next = fired.runs[0];
      if (next) void navigate({ to: "/runs/$id", params: { id: next.runId } });
    },
    onError: notifyError,
    onSettled: () => queries.invalidateQueries({ queryKey: runKeys.all }),
  });
  const may = covers(session, "operate");
  const close = () => setAsked(null);
  const takes = (signal: string) => run.signals.includes(signal);
  const others = (["evaluate_now", "add_task"] as const).filter(takes);
  return (
    <>
      {takes("pause") && (
        <Button disabled={!may} onClick={() => setAsked("pause")}>
          <Pause className="size-3.5" /> Pause
        </Button>
      )}
      {takes("resume") && (
        <Button disabled={!may} look="primary" onClick={() => setAsked("resume")}>
          <Play className="size-3.5" /> Resume
        </Button>
      )}
      {others.length > 0 && (
        <Menu
          trigger={
            <Button disabled={!may}>
              <SlidersHorizontal className="size-3.5" /> More
            </Button>
          }
        >
          {others.map((signal) => (
            <MenuItem key={signal} onSelect={() => setAsked(signal)}>
              {signal === "add_task" ? "Add a task" : "Evaluate now"}
            </MenuItem>
          ))}
        </Menu>
      )}
      {isOpen(run.status) ? (
        <Button disabled={!may} onClick={() => setAsked("cancel")}>
          <Ban className="size-3.5" /> Cancel
        </Button>
      ) : (
        <Button disabled={!may || rerun.isPending} onClick={() => rerun.mutate()}>
          <RotateCw className="size-3.5" /> Run again
        </Button>
      )}
      {asked === "cancel" && <CancelDialog run={run} onClose={close} />}
      {asked === "add_task" && <AddTaskDialog run={run} onClose={close} />}
      {(asked === "pause" || asked === "resume" || asked === "evaluate_now") && (
        <NoteDialog runId={run.id} signal={asked} onClose={close} />
      )}
    </>
  );
}
