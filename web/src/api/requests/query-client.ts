import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { retryAfter, isRetryable } from "./retry";
import { ApiError, SILENT } from "../client";
import { sessionKeys } from "../session";

const RETRIES = 2;

function onError(error: Error): void {
  // The session has ended: the sign-in form replaces the current page.
  if (error instanceof ApiError && error.status === 401) queryClient.setQueryData(sessionKeys.all, null);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      refetchOnWindowFocus: true,
      networkMode: "always",
      refetchInterval: retryAfter,
      // After a timeout of 30 s, show the error instead of retrying twice.
      retry: (failures, error) =>
        failures < RETRIES && isRetryable(error) && !(error instanceof ApiError && error.code === SILENT),
    },
    mutations: { networkMode: "always" },
  },
});
