import { X } from "lucide-react";

import { Button } from "@/components/ui/button";
import { useZone } from "@/lib/preferences";
import { stretch } from "@/lib/time/time";
import { reasonInWords } from "@/lib/words/reasons";

import type { RunSearch } from "./filters";

interface ChipsProps {
  search: RunSearch;
  /** The name of the automation, which the address does not have. */
  automation: string | undefined;
  onChange: (part: Partial<RunSearch>) => void;
}

/** The filters that no other control shows, each with a cross. */
export function Chips({ search, automation, onChange }: ChipsProps) {
  const zone = useZone();
  const { from, to, backfill, delivery, reason, last } = search;
  return (
    <>
      {automation && <Chip text={`Automation: ${automation}`} onClear={() => onChange({ automation: undefined })} />}
      {backfill && <Chip text="Of one backfill" onClear={() => onChange({ backfill: undefined })} />}
      {delivery && <Chip text="Of one delivery" onClear={() => onChange({ delivery: undefined })} />}
      {reason && <Chip text={`Reason: ${reasonInWords(reason)}`} onClear={() => onChange({ reason: undefined })} />}
      {!last && (from || to) && (
        <Chip text={stretch(from, to, zone)} onClear={() => onChange({ from: undefined, to: undefined })} />
      )}
    </>
  );
}

function Chip({ text, onClear }: { text: string; onClear: () => void }) {
  return (
    <Button look="quiet" size="sm" className="bg-accent-soft text-accent" onClick={onClear}>
      {text} <X className="size-3.5" />
    </Button>
  );
}
