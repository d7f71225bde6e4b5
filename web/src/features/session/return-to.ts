const PLACE = "podium.wanted";
/** The lifetime of a sign-in link. */
const KEPT_MS = 15 * 60_000;

/** Remembers the requested page for after signing in, as the link may open in another tab. */
export function rememberReturnTo(place: string, now = Date.now()): void {
  if (place !== "/") localStorage.setItem(PLACE, JSON.stringify({ place, at: now }));
}

/** Returns the requested page once, if recent; always a path of this page. */
export function takeReturnTo(now = Date.now()): string | null {
  const kept = localStorage.getItem(PLACE);
  localStorage.removeItem(PLACE);
  try {
    const { place, at } = JSON.parse(kept ?? "null") as { place: string; at: number };
    return now - at < KEPT_MS && /^\/(?![/\\])/.test(place) ? place : null;
  } catch {
    return null;
  }
}
