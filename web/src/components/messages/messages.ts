import { createStore, useSelector } from "@tanstack/react-store";

import { ApiError } from "@/api/client";

/** Undoes an action, and reports progress if that takes long. Resolves to false or rejects if it failed and can be retried. */
export type Undo = (tell: (progress: string) => void) => unknown;

export interface Message {
  id: number;
  kind: "done" | "failed";
  text: string;
  hint?: string | undefined;
  at: number;
  /** The slug it is about: a newer message about the same slug removes this one's undo. */
  about?: string | undefined;
  undo?: Undo | undefined;
  undoing: boolean;
  /** Progress of the undo. */
  progress?: string | undefined;
  /** Whether it stays until it is dismissed. */
  stays: boolean;
  /** Whether it is on the page; every message stays in the list of messages. */
  shown: boolean;
}

/** More would cover the page. A new message replaces the oldest success, and a failure only if there is no other. */
const MOST = 3;
const KEPT = 50;
const messages = createStore<readonly Message[]>([]);
let last = 0;

function change(id: number, part: Partial<Message>): void {
  messages.setState((all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

function show(message: Pick<Message, "kind" | "text" | "hint" | "about" | "undo">): void {
  last += 1;
  const before = messages
    .get()
    .map((one) => (message.about && one.about === message.about ? { ...one, undo: undefined } : one));
  const shown = before.filter((one) => one.shown);
  const leaving =
    shown.length < MOST ? undefined : (shown.find((one) => one.kind === "done" && !isHeld(one.id)) ?? shown[0]);
  messages.setState(() => [
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

/** Runs the undo of a message; if that fails, the message keeps its button. */
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

/** All messages since the page was loaded, oldest first. */
export function useMessages(): readonly Message[] {
  return useSelector(messages);
}
