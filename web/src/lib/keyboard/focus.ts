/** Tracks the focus, so that it can be restored instead of falling back to the top of the page. */

const REMEMBERED = 24;
const REACHED = ":is(a[href], button, input, select, textarea, summary, [tabindex]):not(:disabled, [tabindex='-1'])";
/** Closing elements restore the focus themselves. */
const OVERLAYS = "[role='dialog'], [role='menu'], [data-radix-popper-content-wrapper]";

/** The newest last; null stands for the page itself. */
let been: (HTMLElement | null)[] = [];

function remember(place: HTMLElement | null): void {
  been = [...been.filter((one) => one !== place), place].slice(-REMEMBERED);
}

const isThere = (element: HTMLElement) =>
  element.isConnected && !element.matches(":disabled") && element.checkVisibility();

/** The tabbable elements within an element. */
export function stopsIn(element: Element): HTMLElement[] {
  const found = [...element.querySelectorAll<HTMLElement>(REACHED)];
  return (element.matches(REACHED) ? [element as HTMLElement, ...found] : found).filter(isThere);
}

/** Returns the focus to where it was before it entered this element, or as near as possible. */
export function focusBefore(left?: Element | null): void {
  const places = been.filter((one) => !one || (isThere(one) && !left?.contains(one)));
  (places.at(-1) ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

/** For Radix, which restores the focus only to its own triggers. */
export function giveFocusBack(event: Event): void {
  event.preventDefault();
  focusBefore(event.target as Element | null);
}

/** If the focused row disappears, moves the focus to the same control of the row in its place. */
function keepNear(gone: HTMLElement, { target, removedNodes, previousSibling }: MutationRecord): void {
  const around = target as Element;
  if (around.closest("[data-messages]")) return focusBefore(around);
  const main = document.getElementById("main");
  const removed = [...removedNodes].find((node): node is Element => node instanceof Element && node.contains(gone));
  const at = removed ? [...removed.querySelectorAll(REACHED)].indexOf(gone) : 0;
  const inPlace = previousSibling ? previousSibling.nextSibling : around.firstChild;
  for (const beside of around.contains(main) ? [] : [inPlace, previousSibling]) {
    const stops = beside instanceof Element ? stopsIn(beside) : [];
    const near = stops[at] ?? stops[0];
    if (near) return near.focus({ preventScroll: true });
  }
  main?.focus({ preventScroll: true });
}

/** Tracks the focus from the start. */
export function followFocus(): void {
  document.addEventListener("focusin", ({ target }) => target instanceof HTMLElement && remember(target), true);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget || !document.hasFocus() || document.querySelector(OVERLAYS)) return;
    // Either a click outside, or the element is being removed, which shows only afterwards.
    queueMicrotask(
      () =>
        target instanceof Element && target.isConnected && document.activeElement === document.body && remember(null),
    );
  });
  new MutationObserver((records) => {
    const gone = been.at(-1);
    if (!gone || gone.isConnected || document.activeElement !== document.body) return;
    const record = records.find(
      (one) => one.target.isConnected && [...one.removedNodes].some((node) => node.contains(gone)),
    );
    if (record && record.target !== document.body && !gone.closest(OVERLAYS)) keepNear(gone, record);
  }).observe(document.body, { childList: true, subtree: true });
}
