import { useSyncExternalStore } from "react";

/** What a reader chooses for this browser: it is no filter, so it is kept here and not in the address. */
interface Preferences {
  theme: "system" | "light" | "dark";
  zone: string;
  /** Whether single keys do anything: who dictates or holds keys down by accident turns them off. */
  keys: "on" | "off";
}

const listeners = new Set<() => void>();
const DARK = "(prefers-color-scheme: dark)";

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

function read<Key extends keyof Preferences>(key: Key, otherwise: Preferences[Key]): Preferences[Key] {
  return (localStorage.getItem(`podium.${key}`) as Preferences[Key] | null) ?? otherwise;
}

export function choose<Key extends keyof Preferences>(key: Key, value: Preferences[Key]): void {
  localStorage.setItem(`podium.${key}`, value);
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useZone(): string {
  return useSyncExternalStore(subscribe, () => read("zone", ownZone));
}

export function useTheme(): Preferences["theme"] {
  return useSyncExternalStore(subscribe, () => read("theme", "system"));
}

export function keysAreOn(): boolean {
  return read("keys", "on") === "on";
}

export function useKeysAreOn(): boolean {
  return useSyncExternalStore(subscribe, keysAreOn);
}

/** Whether the page is dark at the moment, whoever decided. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => document.documentElement.classList.contains("dark"));
}

function applyTheme(): void {
  const theme = read("theme", "system");
  const dark = theme === "dark" || (theme === "system" && matchMedia(DARK).matches);
  document.documentElement.classList.toggle("dark", dark);
}

export function followSystemTheme(): void {
  matchMedia(DARK).addEventListener("change", () => {
    applyTheme();
    for (const listener of listeners) listener();
  });
}
