import { Search } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";

import { useTyping } from "@/lib/keyboard/typing";

import { useScheduleSearch } from "../filters";

const RESTS_MS = 150;

/** The search text: it reaches the address, and with it the list, once typing pauses. */
export function SearchBox({ box }: { box: RefObject<HTMLInputElement | null> }) {
  const [search, change] = useScheduleSearch();
  const typing = useTyping();
  const inAddress = search.search ?? "";
  const [text, setText] = useState(inAddress);
  const sent = useRef(inAddress);
  const rests = useRef(0);
  useEffect(() => () => window.clearTimeout(rests.current), []);
  // The address changed without this box: filters were cleared, or the reader went back.
  useEffect(() => {
    if (inAddress === sent.current) return;
    window.clearTimeout(rests.current);
    sent.current = inAddress;
    setText(inAddress);
  }, [inAddress]);

  function type(next: string) {
    setText(next);
    window.clearTimeout(rests.current);
    rests.current = window.setTimeout(() => {
      if (next.trim() === sent.current) return;
      sent.current = next.trim();
      change({ search: sent.current || undefined }, typing(sent.current));
    }, RESTS_MS);
  }

  return (
    <label className="relative min-w-0 flex-1 max-sm:basis-full">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
      <input
        ref={box}
        type="search"
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        aria-label="Search automations"
        placeholder="Search by name, description, agent or primitive   /"
        className="h-8 w-full rounded-md border border-line-control bg-panel pr-2 pl-8 placeholder:text-ink-3"
      />
    </label>
  );
}
