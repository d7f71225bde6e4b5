import { useEffect, useRef } from "react";

import { keysAreOn } from "@/lib/preferences";

const TYPING = "input, textarea, select, [contenteditable='true'], [role='menu'], [role='listbox']";

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Handles single-key shortcuts, unless the user is typing, a dialog is open, or they are turned off. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // A key that a dialog has handled, such as Escape, is not meant for the page.
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || !keysAreOn()) return;
      const target = event.target as Element | null;
      if (target?.closest?.(TYPING) || document.querySelector("[role='dialog']")) return;
      const action = current.current[event.key];
      if (!action) return;
      event.preventDefault();
      action(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
