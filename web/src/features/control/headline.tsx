import { CloudOff } from "lucide-react";

import type { Control, ControlReason } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { useNow } from "@/lib/time/now";
import { clock, relative } from "@/lib/time/time";
import { VERDICTS } from "@/lib/words/verdicts";

import { ENGINE } from "./engine";
import { sentenceParts } from "./sentence-parts";

interface HeadlineProps {
  control: Control;
  /** When the server said so last, in milliseconds. */
  heardAt: number;
  /** Why nothing newer is known; undefined while it is fresh. */
  stale: string | undefined;
}

/** The verdict on everything in one sentence, whose reasons lead to what is behind them. */
export function Headline({ control, heardAt, stale }: HeadlineProps) {
  const now = useNow();
  const zone = useZone();
  const look = VERDICTS[stale ? "unknown" : control.verdict];
  const Icon = stale ? CloudOff : look.icon;
  const { parts, others } = sentenceParts(control.sentence, control.reasons);
  const heard = new Date(heardAt).toISOString();
  const age = relative(heard, Math.max(now, heardAt));
  return (
    <section aria-label="Verdict" className={cn("rounded-lg border bg-panel px-3.5 py-3", look.ground)}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs">
        <span className={cn("flex items-center gap-1.5 font-medium", look.text)}>
          <Icon className="size-4 shrink-0" />
          {look.label}
        </span>
        <span className="text-ink-3">checked {age}</span>
      </p>
      {stale && (
        <p role="alert" className="mt-1 font-medium text-failing">
          {/* A time, not an age, which would be announced anew as it grows. */}
          {stale} What follows is from {clock(heard, zone)}, and may no longer be true.
        </p>
      )}
      <p className={cn("mt-1 text-base leading-6 text-balance", stale && "text-ink-2")}>
        {parts.map(({ text, reason }, index) =>
          reason ? <Reason key={reason.code} reason={reason} /> : <span key={index}>{text}</span>,
        )}
      </p>
      {others.length > 0 && (
        <ul aria-label="Further reasons" className="mt-1 flex flex-col gap-0.5 text-ink-2">
          {others.map((reason) => (
            <li key={reason.code}>
              <Reason reason={reason} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What has no page of its own is about the engine. */
function Reason({ reason: { text, link } }: { reason: ControlReason }) {
  return (
    <AddressLink
      address={link ?? `#${ENGINE}`}
      className="underline decoration-line-control decoration-1 underline-offset-3 hover:decoration-current"
    >
      {text}
    </AddressLink>
  );
}
