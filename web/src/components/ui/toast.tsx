import { CircleAlert, CircleCheck, X } from "lucide-react";
import { type KeyboardEvent, useSyncExternalStore } from "react";

import { ApiError } from "@/api/client";

import { Button } from "./button";

interface Toast {
  id: number;
  kind: "done" | "failed";
  text: string;
  hint?: string | undefined;
  undo?: (() => void) | undefined;
}

const SHOWN_MS = 7000;
/** What can be taken back stays long enough to be noticed, read and reached. */
const UNDO_MS = 20_000;
/** More would cover what they speak of; the newest take the place of the oldest. */
const MOST = 3;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function show(toast: Omit<Toast, "id">): void {
  last += 1;
  const id = last;
  set([...toasts.slice(1 - MOST), { ...toast, id }]);
  setTimeout(() => dismiss(id), toast.undo ? UNDO_MS : SHOWN_MS);
}

function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

export function sayDone(text: string, undo?: () => void): void {
  show({ kind: "done", text, undo });
}

export function sayFailed(error: unknown): void {
  const known = error instanceof ApiError ? error : null;
  show({ kind: "failed", text: error instanceof Error ? error.message : String(error), hint: known?.hint ?? undefined });
}

/** Dismisses the one that has the focus; whoever works by the keyboard is not thrown back to the top of the page. */
function onEscape(event: KeyboardEvent, id: number): void {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  const toast = event.currentTarget.closest("[data-toast]");
  const beside = toast?.nextElementSibling ?? toast?.previousElementSibling;
  (beside?.querySelector("button") ?? document.getElementById("main"))?.focus({ preventScroll: true });
  dismiss(id);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-20 z-[60] flex flex-col items-center gap-2 px-3 md:right-auto md:max-w-md md:items-start md:pl-5"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          data-toast
          className="appear pointer-events-auto flex max-w-lg items-start gap-2.5 rounded-md border border-line bg-raised py-2 pr-2 pl-3 shadow-pop"
        >
          {toast.kind === "done" ? (
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-healthy" />
          ) : (
            <CircleAlert className="mt-0.5 size-4 shrink-0 text-failing" />
          )}
          <p className="min-w-0 flex-1">
            {toast.text}
            {toast.hint && <span className="block text-ink-3">{toast.hint}</span>}
          </p>
          {toast.undo && (
            <Button
              look="quiet"
              size="sm"
              className="-my-1 text-accent"
              onKeyDown={(event) => onEscape(event, toast.id)}
              onClick={() => {
                toast.undo?.();
                dismiss(toast.id);
              }}
            >
              Undo
            </Button>
          )}
          <Button
            look="quiet"
            size="mini"
            className="-my-0.5"
            aria-label="Dismiss"
            onKeyDown={(event) => onEscape(event, toast.id)}
            onClick={() => dismiss(toast.id)}
          >
            <X className="size-3.5" />
          </Button>
        </div>
      ))}
    </div>
  );
}
