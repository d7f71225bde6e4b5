import { createStore, useSelector } from "@tanstack/react-store";

import { ApiError } from "../client";

/** How the page learns of changes: from the stream, by polling, or not at all. */
export interface Freshness {
  mode: "connecting" | "live" | "polling" | "failing" | "offline";
  heardAt: number;
}

const SHOWN_EVERY_MS = 1000;

const shown = createStore<Freshness>({ mode: "connecting", heardAt: Date.now() });
let newest = shown.get();
let waiting: ReturnType<typeof setTimeout> | undefined;

export function reportFreshness(mode: Freshness["mode"], heard: boolean): void {
  newest = { mode, heardAt: heard ? Date.now() : newest.heardAt };
  if (mode !== shown.get().mode) return show();
  // Thousands of events may arrive per second, and each would re-render everything that shows the time.
  waiting ??= setTimeout(show, SHOWN_EVERY_MS);
}

function show(): void {
  clearTimeout(waiting);
  waiting = undefined;
  const now = shown.get();
  if (now.mode !== newest.mode || now.heardAt !== newest.heardAt) shown.setState(() => newest);
}

/** Reports that nothing could be read, not even who is signed in. */
export function reportUnreadable(error: unknown): void {
  reportFreshness(error instanceof ApiError && error.status > 0 ? "failing" : "offline", false);
}

export function useFreshness(): Freshness {
  return useSelector(shown);
}
