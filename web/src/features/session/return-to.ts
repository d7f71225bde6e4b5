const PLACE = "podium.wanted";
/** As long as a sign-in link is good. */
const KEPT_MS = 15 * 60_000;

/** Remembers where somebody wanted to go who had to sign in first, for the link that opens in another tab. */
export function rememberReturnTo(place: string, now = Date.now()): void {
  if (place !== "/") localStorage.setItem(PLACE, JSON.stringify({ place, at: now }));
}

/** Gives that place once, if it is not long ago; only ever one inside the page. */
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
