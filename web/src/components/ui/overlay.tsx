import { createStore, useSelector } from "@tanstack/react-store";
import { FocusScope } from "radix-ui/internal";
import { createContext, useContext } from "react";

import { giveFocusBack } from "@/lib/keyboard/focus";

/** Where menus and tips are put: into the dialog they belong to, else into the page's main part, never beside its landmarks. */
export const OverlayPlace = createContext<HTMLElement | null>(null);

export const useOverlayPlace = () => useContext(OverlayPlace);

/** The element that shows messages, while there is one. */
export const messagesRegion = createStore<HTMLElement | null>(null);

/** Messages stand above every dialog: they can be reached from within it, and reaching them does not close it. */
function isMessage(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[data-messages]") !== null;
}

/** What every dialog does alike. */
export const DIALOG_PROPS = {
  onCloseAutoFocus: giveFocusBack,
  onEscapeKeyDown: (event: KeyboardEvent) => isMessage(event.target) && event.preventDefault(),
  onInteractOutside: (event: Event) => isMessage(event.target) && event.preventDefault(),
};

/** Lets the focus go from the dialog around it to the messages. */
export function MessagesReachable(): null {
  FocusScope.useFocusScopeBranch(useSelector(messagesRegion));
  return null;
}
