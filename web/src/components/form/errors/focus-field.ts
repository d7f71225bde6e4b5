import { enclosingPaths } from "./field-paths";

const FIELDS = "input:not([type=radio]):not(:disabled), textarea, select:not(:disabled)";
const OTHERS = "input:not(:disabled), button:not(:disabled)";

/** The field, or the nearest part around it that the page has. */
function elementOf(field: string): HTMLElement | undefined {
  for (const place of enclosingPaths(field)) {
    const found = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(place)}"]`);
    if (found) return found;
  }
  return undefined;
}

/** Brings a field into view, opens what hides it, and puts the focus into it. */
export function focusField(field: string): void {
  focus(elementOf(field));
}

/** The same with what is about to be there. */
export function focusSoon(field: string): void {
  setTimeout(() => focusField(field));
}

/** The same with the first on the page of the fields at fault. */
export function focusFirst(fields: readonly string[]): void {
  const found = fields.map(elementOf).filter((element) => element !== undefined);
  focus(
    found.reduce<HTMLElement | undefined>((first, one) => (first && !isBefore(one, first) ? first : one), undefined),
  );
}

function isBefore(one: HTMLElement, other: HTMLElement): boolean {
  return Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
}

function focus(element: HTMLElement | undefined): void {
  if (!element) return;
  for (let around = element.closest("details"); around; around = around.parentElement?.closest("details") ?? null)
    around.open = true;
  const control = element.querySelector<HTMLElement>(FIELDS) ?? element.querySelector<HTMLElement>(OTHERS);
  element.scrollIntoView?.({ block: "center" });
  control?.focus({ preventScroll: true });
}
