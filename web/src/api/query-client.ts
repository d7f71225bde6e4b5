import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { retryAfter, isRetryable } from "./retry";
import { ApiError, SILENT } from "./client";
import { sessionKeys } from "./session";

const RETRIES = 2;

function onError(error: Error): void {
  // The session is over: the page asks for a key in the place where the reader is.
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
      // Who has been silent for half a minute is not asked twice more before anything is said.
      retry: (failures, error) =>
        failures < RETRIES && isRetryable(error) && !(error instanceof ApiError && error.code === SILENT),
    },
    mutations: { networkMode: "always" },
  },
});
