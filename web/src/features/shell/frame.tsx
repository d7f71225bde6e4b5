import { type ReactNode, useState } from "react";

import { useIsSlow } from "@/api/requests/pending-requests";
import { OverlayPlace } from "@/components/ui/overlay";

import { Header, type ShellDialog } from "./header";

interface FrameProps {
  /** Undefined while signed out. */
  onSearch?: (() => void) | undefined;
  onDialog?: ((dialog: ShellDialog) => void) | undefined;
  children: ReactNode;
}

/** The layout around every page, also around one that failed to load. */
export function Frame({ onSearch, onDialog, children }: FrameProps) {
  const slow = useIsSlow();
  const [main, setMain] = useState<HTMLElement | null>(null);
  return (
    <OverlayPlace value={main}>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-1.5 text-accent-ink focus:translate-y-0"
      >
        Skip to content
      </a>
      {slow && <div data-slow aria-hidden className="fixed inset-x-0 top-0 z-[70] h-0.5 progress bg-accent" />}
      <Header onSearch={onSearch} onDialog={onDialog} />
      <main
        ref={setMain}
        id="main"
        tabIndex={-1}
        aria-busy={slow}
        className="mx-auto w-full max-w-[1760px] px-3 pb-16 outline-none sm:px-5"
      >
        {children}
      </main>
    </OverlayPlace>
  );
}
