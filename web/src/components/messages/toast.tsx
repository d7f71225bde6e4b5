import { CircleAlert, CircleCheck, X } from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";

import { focusBefore, stopsIn } from "@/lib/keyboard/focus";

import { messagesRegion } from "../ui/overlay";
import { Button } from "@/components/ui/button";
import { dismiss, type Message, undoMessage, useMessages } from "./messages";

const SHOWN_MS = 7000;
/** A message with Undo stays long enough to be noticed, read and reached. */
const UNDO_MS = 20_000;
/** The shortcut to the messages and back, also from within a dialog. */
const KEY = "F8";

/** The messages. Their time stops while one is hovered or focused or the page is hidden; errors stay. */
export function Toasts() {
  const shown = useMessages().filter((one) => one.shown);
  const place = useRef<HTMLElement>(null);
  const setPlace = useCallback((element: HTMLElement | null) => {
    place.current = element;
    messagesRegion.setState(() => element);
  }, []);
  const [held, setHeld] = useState(false);
  const away = useAway();

  // A focused message is removed without a blur event.
  const onGone = useCallback(() => setHeld(place.current?.contains(document.activeElement) ?? false), []);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== KEY || !place.current) return;
      event.preventDefault();
      if (place.current.contains(document.activeElement)) focusBefore(place.current);
      else stopsIn(place.current).at(0)?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    const stops = place.current ? stopsIn(place.current) : [];
    const past = event.key === "Tab" && document.activeElement === stops.at(event.shiftKey ? 0 : -1);
    const id = Number((event.target as Element).closest<HTMLElement>("[data-toast]")?.dataset.toast);
    if (event.key === "Escape") dismiss(id);
    else if (past) focusBefore(place.current);
    else return;
    event.preventDefault();
  }

  return (
    <section
      ref={setPlace}
      data-messages
      aria-label={`Messages (${KEY})`}
      className="pointer-events-none fixed inset-x-0 bottom-20 z-[60] px-3 md:right-auto md:max-w-md md:pl-5"
    >
      <div
        role="presentation"
        onKeyDown={onKeyDown}
        onFocus={() => setHeld(true)}
        onBlur={(event) => setHeld(event.currentTarget.contains(event.relatedTarget))}
      >
        <div role="status" aria-live="polite" className="flex flex-col items-center gap-2 md:items-start">
          {shown.map((message) => (
            <Toast key={message.id} message={message} waits={held || away} onGone={onGone} />
          ))}
        </div>
      </div>
    </section>
  );
}

/** Whether the page is hidden. */
function useAway(): boolean {
  const [away, setAway] = useState(document.hidden);
  useEffect(() => {
    const listen = () => setAway(document.hidden);
    document.addEventListener("visibilitychange", listen);
    return () => document.removeEventListener("visibilitychange", listen);
  }, []);
  return away;
}

interface ToastProps {
  message: Message;
  waits: boolean;
  onGone: () => void;
}

function Toast({ message, waits, onGone }: ToastProps) {
  const { id, kind, text, hint, undo, undoing, progress, stays } = message;
  const [hovered, setHovered] = useState(false);
  const left = useRef(undo ? UNDO_MS : SHOWN_MS);
  const stands = waits || hovered || undoing || stays;

  useEffect(() => onGone, [onGone]);
  useEffect(() => {
    if (stands) return;
    const began = Date.now();
    const timer = setTimeout(() => dismiss(id), left.current);
    return () => {
      clearTimeout(timer);
      left.current -= Date.now() - began;
    };
  }, [id, stands]);

  return (
    <div
      data-toast={id}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      className="pointer-events-auto flex max-w-lg appear items-start gap-2.5 rounded-md border border-line bg-raised py-2 pr-2 pl-3 shadow-pop"
    >
      {kind === "done" ? (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-healthy" />
      ) : (
        <CircleAlert aria-label="Failed:" className="mt-0.5 size-4 shrink-0 text-failing" />
      )}
      <p className="min-w-0 flex-1 break-words">
        {text}
        {hint && <span className="block text-ink-3">{hint}</span>}
        {progress && <span className="block text-ink-3">{progress}</span>}
      </p>
      {undo && <UndoButton message={message} />}
      <Button look="quiet" size="mini" className="-my-0.5" aria-label="Dismiss" onClick={() => dismiss(id)}>
        <X className="size-3.5" />
      </Button>
    </div>
  );
}

/** Not disabled while working, so that it keeps the focus. */
export function UndoButton({ message }: { message: Message }) {
  return (
    <Button
      look="quiet"
      size="sm"
      className="-my-1 text-accent"
      aria-disabled={message.undoing}
      onClick={() => void undoMessage(message)}
    >
      Undo
    </Button>
  );
}
