import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";

import { giveFocusBack } from "@/lib/keyboard/focus";

import { Button } from "./button";
import { DIALOG_PROPS, MessagesReachable, OverlayPlace } from "./overlay";

interface DrawerProps {
  onClose: () => void;
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A panel at the right; the page behind stays visible. */
export function Drawer({ onClose, title, actions, children }: DrawerProps) {
  const [content, setContent] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root open onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 appear bg-black/20" />
        <Radix.Content
          ref={setContent}
          {...DIALOG_PROPS}
          aria-describedby={undefined}
          data-drawer
          onCloseAutoFocus={(event) => {
            // From a drawer opened in a drawer, the focus returns to the opener of the first.
            if (document.querySelector("[data-drawer]")) event.preventDefault();
            else giveFocusBack(event);
          }}
          onOpenAutoFocus={(event) => {
            // Focus the panel itself, so that reading starts at its top and no button looks selected.
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          className="fixed inset-y-0 right-0 z-40 flex w-full max-w-[560px] slide-in flex-col border-l border-line bg-panel shadow-pop outline-none"
        >
          <MessagesReachable />
          <OverlayPlace value={content}>
            <header className="flex min-h-12 shrink-0 items-center gap-2 border-b border-line px-4">
              <Radix.Title className="my-1 line-clamp-2 min-w-0 flex-1 text-base leading-5 font-semibold">
                {title}
              </Radix.Title>
              {actions}
              <Radix.Close asChild>
                <Button look="quiet" size="icon" aria-label="Close">
                  <X className="size-4" />
                </Button>
              </Radix.Close>
            </header>
            {/* Focusable, so that a keyboard can scroll it. */}
            <section aria-label={title} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
              {children}
            </section>
          </OverlayPlace>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
