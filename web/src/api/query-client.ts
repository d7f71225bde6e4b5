import { QueryCache, QueryClient, MutationCache } from "@tanstack/react-query";

import { ApiError } from "./client";
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
      retry: (failures, error) =>
        failures < RETRIES && !(error instanceof ApiError && error.status > 0 && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});
