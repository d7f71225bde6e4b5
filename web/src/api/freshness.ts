import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { automationKeys } from "./automations";
import { liveKeys } from "./live";
import { loadKeys } from "./load";
import { isRetryable } from "./retry";
import { ApiError } from "./client";
import { runKeys } from "./runs";

/** How new what is shown is: told by the server, asked for every few seconds, or not at all: it fails, or is silent. */
export interface Freshness {
  mode: "connecting" | "live" | "polling" | "failing" | "offline";
  heardAt: number;
}

const STREAM = "/api/live/stream";
const POLL_MS = 5000;
const ANSWER_MS = 4000;
/** The server says something at least every five seconds; a line that is silent for longer than this is dead. */
const SILENCE_MS = 12_000;
const SAID_MS = 1000;
/** Changes that come closer together than this are fetched together. */
const GATHER_MS = 700;
const CHANGING: readonly QueryKey[] = [liveKeys.all, runKeys.all, automationKeys.all, loadKeys.all];

let freshness: Freshness = { mode: "connecting", heardAt: Date.now() };
const listeners = new Set<() => void>();

let newest = freshness;
let saying: ReturnType<typeof setTimeout> | undefined;

function say(mode: Freshness["mode"], heard: boolean): void {
  newest = { mode, heardAt: heard ? Date.now() : newest.heardAt };
  if (mode !== freshness.mode) return tell();
  // Thousands of events may come at once; nobody reads when it was to less than a second.
  saying ??= setTimeout(tell, SAID_MS);
}

function tell(): void {
  clearTimeout(saying);
  saying = undefined;
  if (freshness.mode === newest.mode && freshness.heardAt === newest.heardAt) return;
  freshness = newest;
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
    const refreshing = gathered(() => refetch(queries));
    const line = openLine(refreshing.ask);
    const poll = setInterval(() => line.check(), POLL_MS);
    return () => {
      clearInterval(poll);
      line.close();
      refreshing.stop();
    };
  }, [queries]);
}

/** The stream, and what stands in for it while it is away. A stream that only seems open is opened anew. */
function openLine(onNews: () => void): { check: () => void; close: () => void } {
  let openedAt = 0;
  let heardAt = 0;
  let asking = false;
  let stream = open();

  function open(): EventSource {
    const made = new EventSource(STREAM);
    openedAt = Date.now();
    const hear = () => {
      heardAt = Date.now();
      say("live", true);
    };
    made.addEventListener("beat", hear);
    // The server lives, and cannot read what it should tell of.
    made.addEventListener("away", () => {
      heardAt = 0;
      void check();
    });
    for (const name of EVENTS) {
      made.addEventListener(name, () => {
        hear();
        onNews();
      });
    }
    return made;
  }

  const heard = () => isHeard(stream.readyState, heardAt, Date.now());

  async function check(): Promise<void> {
    if (heard() || asking || document.visibilityState !== "visible") return;
    asking = true;
    const found = await askedInstead();
    asking = false;
    // Meanwhile the stream may have spoken.
    if (heard()) return;
    say(found, found === "polling");
    if (found !== "polling") return;
    onNews();
    // A browser comes back by itself from a broken line, but neither from a refusal nor from silence.
    const silent = Date.now() - Math.max(openedAt, heardAt) > SILENCE_MS;
    if (silent || stream.readyState === EventSource.CLOSED) {
      stream.close();
      stream = open();
    }
  }

  return { check: () => void check(), close: () => stream.close() };
}

/** Whether a stream is open and has lately said something: an open one alone may be the half of a broken line. */
export function isHeard(readyState: number, heardAt: number, now: number): boolean {
  return readyState === OPEN && now - heardAt <= SILENCE_MS;
}

const OPEN = 1;

/** Whether anybody answers at all. */
export async function answers(): Promise<boolean> {
  return (await statusOf("/healthz")) === 200;
}

/** What asking comes to while the stream is away. Who answers may yet be unable to read anything. */
async function askedInstead(): Promise<"polling" | "failing" | "offline"> {
  if (!(await answers())) return "offline";
  const status = await statusOf("/api/session");
  return status === 0 || status >= 500 ? "failing" : "polling";
}

/** The status of an answer; 0 where there is none in time. */
async function statusOf(path: string): Promise<number> {
  try {
    return (await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS), cache: "no-store" })).status;
  } catch {
    return 0;
  }
}

/** Says that nothing could be read at all, not even who is signed in. */
export function reportUnreadable(error: unknown): void {
  say(error instanceof ApiError && error.status > 0 ? "failing" : "offline", false);
}

/**
 * Asks anew for all that changes, and for what has failed though it need not fail again.
 * Where somebody has just asked for more of a list, that comes first: it gives true, to be done again after it.
 */
async function refetch(queries: QueryClient): Promise<boolean> {
  let left = false;
  await queries.invalidateQueries({
    predicate: ({ queryKey, state }) => {
      const concerned =
        CHANGING.some(([first]) => queryKey[0] === first) || (state.status === "error" && isRetryable(state.error));
      const loadsMore = state.fetchStatus === "fetching" && state.fetchMeta?.fetchMore !== undefined;
      left ||= concerned && loadsMore;
      return concerned && !loadsMore;
    },
  });
  return left;
}

/** Does at once for many who ask what takes a while, and never twice at the same time; once more where it says so. */
function gathered(work: () => Promise<boolean>): { ask: () => void; stop: () => void } {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let working = false;
  let again = false;
  function ask() {
    again = working;
    if (working || waiting !== undefined) return;
    waiting = setTimeout(async () => {
      waiting = undefined;
      working = true;
      const left = await work();
      working = false;
      if (left || again) ask();
    }, GATHER_MS);
  }
  return { ask, stop: () => clearTimeout(waiting) };
}
