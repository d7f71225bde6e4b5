import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { automationKeys } from "./automations";
import { liveKeys } from "./live";
import { loadKeys } from "./load";
import { runKeys } from "./runs";

/** How new what is shown is: told by the server, asked for every few seconds, or not at all. */
export interface Freshness {
  mode: "connecting" | "live" | "polling" | "offline";
  heardAt: number;
}

const STREAM = "/api/live/stream";
const POLL_MS = 5000;
/** Changes that come closer together than this are fetched together. */
const GATHER_MS = 700;
const CHANGING: readonly QueryKey[] = [liveKeys.all, runKeys.all, automationKeys.all, loadKeys.all];

let freshness: Freshness = { mode: "connecting", heardAt: Date.now() };
const listeners = new Set<() => void>();

function say(mode: Freshness["mode"], heard: boolean): void {
  const heardAt = heard ? Date.now() : freshness.heardAt;
  if (freshness.mode === mode && freshness.heardAt === heardAt) return;
  freshness = { mode, heardAt };
  for (const listener of listeners) listener();
}

export function useFreshness(): Freshness {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => freshness,
  );
}

/** Keeps what is shown fresh for as long as the page is open: by the server's stream, else by asking. */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        for (const queryKey of CHANGING) void queries.invalidateQueries({ queryKey });
      }, GATHER_MS);
    };
    const hear = () => {
      say("live", true);
      refresh();
    };

    const stream = new EventSource(STREAM);
    stream.addEventListener("open", hear);
    for (const name of ["message", "changed"]) stream.addEventListener(name, hear);
    stream.addEventListener("alive", () => say("live", true));

    const poll = setInterval(() => {
      if (stream.readyState === EventSource.OPEN || document.visibilityState === "hidden") return;
      void queries.refetchQueries({ queryKey: liveKeys.all, type: "active" }).then(() => {
        const failed = queries.getQueryCache().findAll({ queryKey: liveKeys.all, type: "active" });
        const lost = failed.length > 0 && failed.every((one) => one.state.status === "error" || one.state.fetchFailureCount > 0);
        say(lost ? "offline" : "polling", !lost);
        if (!lost) refresh();
      });
    }, POLL_MS);

    return () => {
      stream.close();
      clearInterval(poll);
      clearTimeout(gathering);
    };
  }, [queries]);
}
