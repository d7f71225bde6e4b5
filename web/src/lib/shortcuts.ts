import { useEffect, useRef } from "react";

const TYPING = "input, textarea, select, [contenteditable='true'], [role='menu'], [role='listbox']";

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Listens for single keys while nobody types and no dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey) return;
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
