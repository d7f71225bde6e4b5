/** Unsaved drafts from when the session ended; kept in this tab's memory, for the same person only. */
interface Kept {
  place: string;
  who: string;
  state: unknown;
}

let kept: Kept | null = null;

export function keep(unsaved: Kept): void {
  kept = unsaved;
}

export function takeKeptDraft(place: string, who: string | undefined): unknown {
  return kept?.place === place && kept.who === who ? kept.state : null;
}

export function dropKeptDraft(): void {
  kept = null;
}
