import { type QueryClient, queryOptions } from "@tanstack/react-query";

import type { Asked } from "./requests/retry";
import { api, ApiError, body } from "./client";
import type { Scope, Session } from "./types";

export const sessionKeys = { all: ["session"] as const };

const AGAIN_MS = 5000;

/** The signed-in key; null if signed out. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: sessionKeys.all,
    staleTime: Number.POSITIVE_INFINITY,
    // While signed out, only this query notices that the server is back.
    refetchInterval: ({ state }: Asked) => state.status === "error" && AGAIN_MS,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await body(api.GET("/api/session", { signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });

export const signIn = (key: string) => body(api.POST("/api/session", { body: { key } }));
export const signOut = () => api.DELETE("/api/session");

const SCOPES: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };

export function covers(session: Session | null | undefined, needed: Scope): boolean {
  return session ? SCOPES[session.scope] >= SCOPES[needed] : false;
}

/** Clears the cache, so that nothing loaded by the previous user remains. */
export function forgetAllBut(queries: QueryClient, session: Session | null): void {
  queries.setQueryData(sessionKeys.all, session);
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKeys.all[0] });
}
