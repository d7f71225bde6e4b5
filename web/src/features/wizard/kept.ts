import type { Form } from "./draft";

/** What was written when the session ended; kept in this tab's memory alone, and given back to the same person only. */
interface Kept {
  place: string;
  who: string;
  form: Form;
  base: Form;
  revision: number;
}

let kept: Kept | null = null;

export function keepForm(unsaved: Kept): void {
  kept = unsaved;
}

export function takeKept(place: string, who: string | undefined): Kept | null {
  return kept?.place === place && kept.who === who ? kept : null;
}

export function dropKept(): void {
  kept = null;
}
