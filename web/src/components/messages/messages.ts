import { useSyncExternalStore } from "react";

import { ApiError } from "@/api/client";

/** Answers false, or fails, where it could not be done: then it can be tried again. What takes long tells how far it is. */
export type Undo = (tell: (progress: string) => void) => unknown;

export interface Message {
  id: number;
  kind: "done" | "failed";
  text: string;
  hint?: string | undefined;
  at: number;
  /** What it speaks of: the next message about the same ends its undo. */
  about?: string | undefined;
  undo?: Undo | undefined;
  undoing: boolean;
  /** How far taking it back has come. */
  progress?: string | undefined;
  /** Whether it waits until it is dismissed. */
  stays: boolean;
  /** Whether it still stands on the page; all can be read again in the list. */
  shown: boolean;
}

/** More would cover what they speak of; what was done makes way before what has failed. */
const MOST = 3;
const KEPT = 50;
let messages: readonly Message[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Message[]): void {
  messages = next;
  for (const listener of listeners) listener();
}

function change(id: number, part: Partial<Message>): void {
  set(messages.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

function show(message: Pick<Message, "kind" | "text" | "hint" | "about" | "undo">): void {
  last += 1;
  const before = messages.map((one) =>
    message.about && one.about === message.about ? { ...one, undo: undefined } : one,
  );
  const shown = before.filter((one) => one.shown);
  const leaving =
    shown.length < MOST ? undefined : (shown.find((one) => one.kind === "done" && !isHeld(one.id)) ?? shown[0]);
  set([
    ...before.map((one) => (one === leaving ? { ...one, shown: false } : one)).slice(1 - KEPT),
    { ...message, id: last, at: Date.now(), undoing: false, stays: message.kind === "failed", shown: true },
  ]);
}

const isHeld = (id: number) => document.activeElement?.closest(`[data-toast="${id}"]`) != null;

export function dismiss(id: number): void {
  change(id, { shown: false });
}

export function notifyDone(text: string, undo?: Undo, about?: string): void {
  show({ kind: "done", text, undo, about });
}

export function notifyError(error: unknown): void {
  const known = error instanceof ApiError ? error : null;
  show({
    kind: "failed",
    text: error instanceof Error ? error.message : String(error),
    hint: known?.hint ?? undefined,
  });
}

/** Takes back what a message tells; one that could not be taken back keeps its button. */
export async function undoMessage({ id, undo, undoing }: Message): Promise<void> {
  if (!undo || undoing) return;
  let progress: string | undefined;
  const tell = (told: string) => {
    progress = told;
    change(id, { progress });
  };
  change(id, { undoing: true, progress: "Undoing…" });
  const done = await Promise.resolve(undo(tell)).then(
    (answer) => answer !== false,
    () => false,
  );
  change(
    id,
    done
      ? { undoing: false, undo: undefined, shown: false, progress: "Undone." }
      : { undoing: false, stays: true, progress },
  );
}

/** Everything that was said since the page was loaded, the oldest first. */
export function useMessages(): readonly Message[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => messages,
  );
}
