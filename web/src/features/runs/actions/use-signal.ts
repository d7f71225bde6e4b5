import { useMutation, useQueryClient } from "@tanstack/react-query";

import { runKeys, signalRun } from "@/api/runs";
import type { SignalRequest } from "@/api/types";
import { notifyDone, notifyError } from "@/components/messages/messages";

/** Sends signals to a run, says what was done, and reads the run again. */
export function useSignal(runId: string, onDone?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ request }: { request: SignalRequest; done: string }) => signalRun(runId, request),
    onSuccess: (_, { done }) => {
      notifyDone(done);
      onDone?.();
    },
    onError: notifyError,
    onSettled: () => queries.invalidateQueries({ queryKey: runKeys.all }),
  });
}
