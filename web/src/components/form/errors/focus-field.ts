import { enclosingPaths } from "./field-paths";

const FIELDS = "input:not([type=radio]):not(:disabled), textarea, select:not(:disabled)";
const OTHERS = "input:not(:disabled), button:not(:disabled)";

/** The element of the field, else of its nearest parent on the page. */
function elementOf(field: string): HTMLElement | undefined {
  for (const place of enclosingPaths(field)) {
    const found = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(place)}"]`);
    if (found) return found;
  }
  return undefined;
}

/** Scrolls a field into view, opens collapsed parents, and focuses it. */
export function focusField(field: string): void {
  focus(elementOf(field));
}

/** As `focusField`, after the next render. */
export function focusSoon(field: string): void {
  setTimeout(() => focusField(field));
}

/** Focuses the invalid field that comes first on the page. */
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
