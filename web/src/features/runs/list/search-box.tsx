import { Search } from "lucide-react";
import { useEffect, useState } from "react";

import { Input } from "@/components/ui/field";
import { useDebounced } from "@/lib/use-debounced";

const RESTED_MS = 300;

interface SearchBoxProps {
  value: string;
  onChange: (text: string) => void;
}

/** Searches when somebody stops typing. */
export function SearchBox({ value, onChange }: SearchBoxProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  const rested = useDebounced(typed, RESTED_MS);
  if (known !== value) {
    // The address has changed, such as by going back.
    setKnown(value);
    if (value !== typed.trim()) setTyped(value);
  }
  useEffect(() => {
    if (rested === typed && rested.trim() !== value) onChange(rested.trim());
    // Only what was typed starts a search.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [rested]);
  return (
    <span className="relative w-72 max-w-full">
      <Search className="pointer-events-none absolute top-2 left-2 size-4 text-ink-3" />
      <Input
        type="search"
        aria-label="Search runs"
        className="pl-8"
        placeholder="Id, name, error or reason"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </span>
  );
}
