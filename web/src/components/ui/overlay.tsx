import { createStore, useSelector } from "@tanstack/react-store";
import { FocusScope } from "radix-ui/internal";
import { createContext, useContext } from "react";

import { giveFocusBack } from "@/lib/keyboard/focus";

/** The portal container for menus and tooltips: their dialog, else the main landmark. */
export const OverlayPlace = createContext<HTMLElement | null>(null);

export const useOverlayPlace = () => useContext(OverlayPlace);

/** The element with the messages, if any. */
export const messagesRegion = createStore<HTMLElement | null>(null);

/** Messages are above every dialog: they can be focused from within it without closing it. */
function isMessage(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[data-messages]") !== null;
}

/** Props common to all dialogs. */
export const DIALOG_PROPS = {
  onCloseAutoFocus: giveFocusBack,
  onEscapeKeyDown: (event: KeyboardEvent) => isMessage(event.target) && event.preventDefault(),
  onInteractOutside: (event: Event) => isMessage(event.target) && event.preventDefault(),
};

/** Lets the focus move from the dialog to the messages. */
export function MessagesReachable(): null {
  FocusScope.useFocusScopeBranch(useSelector(messagesRegion));
  return null;
}
