import { useState } from "react";

import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { useNow } from "@/lib/time/now";
import { clock, dayIn, dayOfMonth, exact } from "@/lib/time/time";

const SAID_MS = 1500;

/** An instant: its time of day, with the day if that is not today. A click copies the exact time, which is shown on hover. */
export function CopyTime({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow();
  const [copied, setCopied] = useState(false);
  const isToday = dayIn(zone, Date.parse(at)) === dayIn(zone, now);
  const text = isToday ? clock(at, zone) : `${dayOfMonth(dayIn(zone, Date.parse(at)))}, ${clock(at, zone)}`;
  return (
    <button
      type="button"
      title={`${exact(at, zone)}\nClick to copy ${at}`}
      className={cn(
        "rounded-sm whitespace-nowrap decoration-dotted underline-offset-2 hover:underline",
        copied && "text-healthy",
      )}
      onClick={() => {
        void navigator.clipboard.writeText(at).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), SAID_MS);
        });
      }}
    >
      <time dateTime={at}>{text}</time>
      <span role="status" className="sr-only">
        {copied && "Copied"}
      </span>
    </button>
  );
}
