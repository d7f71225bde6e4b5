import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { cancelRuns, cancelRunsPreview, type RunFilters, runKeys } from "@/api/runs";
import { notifyDone } from "@/components/messages/messages";
import { Skeleton } from "@/components/page-states";
import { Problem } from "@/components/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { plural } from "@/lib/text/format";
import { STATUSES } from "@/lib/words/statuses";

interface CancelDialogProps {
  filter: RunFilters;
  onClose: () => void;
}

/** Cancels the open runs that the filters of the list select: exactly those that it has counted. */
export function CancelDialog({ filter, onClose }: CancelDialogProps) {
  const queries = useQueryClient();
  const preview = useQuery({
    queryKey: [...runKeys.all, "cancel", filter],
    queryFn: () => cancelRunsPreview(filter),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const ids = preview.data?.runIds ?? [];
  const cancel = useMutation({
    mutationFn: () => cancelRuns(ids),
    onSuccess: ({ runIds, notCancelled, notReached }) => {
      const others = [
        notCancelled.length > 0 && `${plural(notCancelled.length, "run")} had ended or could not be cancelled`,
        notReached.length > 0 && `${plural(notReached.length, "run")} not reached in time: cancel again`,
      ].filter(Boolean);
      notifyDone([`${plural(runIds.length, "run")} cancelled`, ...others].join("; ") + ".");
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: runKeys.all }),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Cancel runs"
      description="Cancels each of these runs with everything below it. What starts from now on is not among them."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            look="danger"
            aria-disabled={ids.length === 0 || cancel.isPending}
            onClick={() => ids.length > 0 && !cancel.isPending && cancel.mutate()}
          >
            {cancel.isPending ? "Cancelling…" : `Cancel ${plural(ids.length, "run")}`}
          </Button>
        </>
      }
    >
      {preview.isPending && <Skeleton rows={2} />}
      {preview.error && <Problem error={preview.error} />}
      {cancel.error && <Problem error={cancel.error} />}
      {preview.data && (
        <p>
          {ids.length === 0
            ? "No open run matches."
            : Object.entries(preview.data.byStatus)
                .map(([status, count]) => `${count} ${STATUSES[status as keyof typeof STATUSES].label.toLowerCase()}`)
                .join(", ")}
        </p>
      )}
    </Dialog>
  );
}
