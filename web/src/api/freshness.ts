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

/** What the server says on its stream; after each of these something on the page is out of date. */
const EVENTS = ["ready", "resync", "automation", "run"];

/** Keeps what is shown fresh for as long as the page is open: by the server's stream, else by asking. */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let refreshing = false;
    let again = false;

    async function refresh() {
      if (refreshing || waiting !== undefined) {
        again = refreshing;
        return;
      }
      waiting = setTimeout(async () => {
        waiting = undefined;
        refreshing = true;
        await Promise.all(CHANGING.map((queryKey) => queries.invalidateQueries({ queryKey })));
        refreshing = false;
        if (again) {
          again = false;
          void refresh();
        }
      }, GATHER_MS);
    }

    function connect(): EventSource {
      const made = new EventSource(STREAM);
      for (const name of EVENTS) {
        made.addEventListener(name, () => {
          say("live", true);
          void refresh();
        });
      }
      return made;
    }
    let stream = connect();

    // While the stream is away the page asks, and learns whether anybody answers at all.
    const poll = setInterval(() => {
      if (stream.readyState === EventSource.OPEN) {
        say("live", true);
      } else if (document.visibilityState === "visible") {
        void ask().then((answered) => {
          say(answered ? "polling" : "offline", answered);
          if (!answered) return;
          void refresh();
          // A browser comes back by itself from a broken line, but not from a refusal.
          if (stream.readyState === EventSource.CLOSED) stream = connect();
        });
      }
    }, POLL_MS);

    return () => {
      stream.close();
      clearInterval(poll);
      clearTimeout(waiting);
    };
  }, [queries]);
}

async function ask(): Promise<boolean> {
  try {
    return (await fetch("/healthz")).ok;
  } catch {
    return false;
  }
}
