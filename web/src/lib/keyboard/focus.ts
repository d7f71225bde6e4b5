/** Where the focus has been, so that it can go back there: it never falls to the top of the page. */

const REMEMBERED = 24;
const REACHED = ":is(a[href], button, input, select, textarea, summary, [tabindex]):not(:disabled, [tabindex='-1'])";
/** What closes gives the focus back by itself. */
const OVERLAYS = "[role='dialog'], [role='menu'], [data-radix-popper-content-wrapper]";

/** The newest last; null stands for the page itself. */
let been: (HTMLElement | null)[] = [];

function remember(place: HTMLElement | null): void {
  been = [...been.filter((one) => one !== place), place].slice(-REMEMBERED);
}

const isThere = (element: HTMLElement) =>
  element.isConnected && !element.matches(":disabled") && element.checkVisibility();

/** Everything in an element that the Tab key meets. */
export function stopsIn(element: Element): HTMLElement[] {
  const found = [...element.querySelectorAll<HTMLElement>(REACHED)];
  return (element.matches(REACHED) ? [element as HTMLElement, ...found] : found).filter(isThere);
}

/** Puts the focus where it was before it came into this element, or as near to that as there still is something. */
export function focusBefore(left?: Element | null): void {
  const places = been.filter((one) => !one || (isThere(one) && !left?.contains(one)));
  (places.at(-1) ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

/** For what Radix closes: it knows only openers of its own. */
export function giveFocusBack(event: Event): void {
  event.preventDefault();
  focusBefore(event.target as Element | null);
}

/** Puts the focus beside what had it and is gone: to the same control of what now stands in its place. */
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

/** Listens from the beginning to where the focus is. */
export function followFocus(): void {
  document.addEventListener("focusin", ({ target }) => target instanceof HTMLElement && remember(target), true);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget || !document.hasFocus() || document.querySelector(OVERLAYS)) return;
    // Somebody has clicked beside it; or else it is being taken away, which is known only when that is done.
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
