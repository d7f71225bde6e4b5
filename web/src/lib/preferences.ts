import { createStore, useSelector } from "@tanstack/react-store";

/** Choices of this browser's user. They are not filters, so they are not in the URL. */
interface Preferences {
  theme: "system" | "light" | "dark";
  zone: string;
  /** Single-key shortcuts; people who dictate or hold keys down by accident turn them off. */
  keys: "on" | "off";
}

const DARK = "(prefers-color-scheme: dark)";

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

function stored<Key extends keyof Preferences>(key: Key, otherwise: Preferences[Key]): Preferences[Key] {
  return (globalThis.localStorage?.getItem(`podium.${key}`) as Preferences[Key] | null | undefined) ?? otherwise;
}

const preferences = createStore<Preferences>({
  theme: stored("theme", "system"),
  zone: stored("zone", ownZone),
  keys: stored("keys", "on"),
});
/** Whether the page is dark now. `theme.js` has decided it before the first paint. */
const dark = createStore(globalThis.document?.documentElement.classList.contains("dark") ?? false);

export function choose<Key extends keyof Preferences>(key: Key, value: Preferences[Key]): void {
  localStorage.setItem(`podium.${key}`, value);
  preferences.setState((now) => ({ ...now, [key]: value }));
  applyTheme();
}

export const useZone = () => useSelector(preferences, (now) => now.zone);
export const useTheme = () => useSelector(preferences, (now) => now.theme);
export const keysAreOn = () => preferences.get().keys === "on";
export const useKeysAreOn = () => useSelector(preferences, (now) => now.keys === "on");
export const useIsDark = () => useSelector(dark);

function applyTheme(): void {
  const { theme } = preferences.get();
  dark.setState(() => theme === "dark" || (theme === "system" && matchMedia(DARK).matches));
  document.documentElement.classList.toggle("dark", dark.get());
}

export function followSystemTheme(): void {
  matchMedia(DARK).addEventListener("change", applyTheme);
}
