import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";

import { cn } from "@/lib/cn";

import { Button } from "./button";
import { DIALOG_PROPS, MessagesReachable, OverlayPlace } from "./overlay";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

export function Dialog({ open, onClose, title, description, children, footer, wide }: DialogProps) {
  const [content, setContent] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 appear bg-black/35" />
        <Radix.Content
          ref={setContent}
          {...DIALOG_PROPS}
          className={cn(
            "fixed top-[8vh] left-1/2 z-50 flex max-h-[84vh] w-[calc(100vw-1.5rem)] -translate-x-1/2 appear flex-col",
            "rounded-lg border border-line bg-raised shadow-pop",
            wide ? "max-w-2xl" : "max-w-lg",
          )}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <MessagesReachable />
          <OverlayPlace value={content}>
            <header className="flex items-start gap-3 px-4 pt-3.5 pb-2">
              <div className="min-w-0 flex-1">
                <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
                {description && <Radix.Description className="text-ink-2">{description}</Radix.Description>}
              </div>
              <Radix.Close asChild>
                <Button look="quiet" size="mini" aria-label="Close">
                  <X className="size-4" />
                </Button>
              </Radix.Close>
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">{children}</div>
            {footer && <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>}
          </OverlayPlace>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
