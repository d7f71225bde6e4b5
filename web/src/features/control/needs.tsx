import {
  Activity,
  CircleDollarSign,
  CirclePause,
  GitCompareArrows,
  Hand,
  Inbox,
  type LucideIcon,
  OctagonX,
  TimerOff,
  TriangleAlert,
} from "lucide-react";

import type { Control, Need } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { When } from "@/components/labels";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/text/format";

import { Panel } from "@/components/panel";

const LOOKS: Record<Need["code"], { icon: LucideIcon; tint: string }> = {
  stuck_runs: { icon: TriangleAlert, tint: "text-failing" },
  approval: { icon: Hand, tint: "text-accent" },
  auto_disabled: { icon: CirclePause, tint: "text-failing" },
  failing: { icon: OctagonX, tint: "text-failing" },
  unusual: { icon: Activity, tint: "text-unstable" },
  budget_spent: { icon: CircleDollarSign, tint: "text-failing" },
  drifted: { icon: GitCompareArrows, tint: "text-degrading" },
  overdue: { icon: TimerOff, tint: "text-degrading" },
  dead_letters: { icon: Inbox, tint: "text-degrading" },
};

/** What somebody should look at, worst first, each in one sentence with one place to go. */
export function Needs({ control }: { control: Control }) {
  const { needsYou, needsYouLeftOut } = control;
  return (
    <Panel title="Needs you" aside={needsYou.length > 0 && count(needsYou.length + needsYouLeftOut)}>
      {needsYou.length === 0 ? (
        <p className="text-ink-3">Nothing needs you now.</p>
      ) : (
        <ol className="flex flex-col">
          {needsYou.map((need) => (
            <NeedRow key={`${need.code} ${need.link} ${need.text}`} need={need} />
          ))}
        </ol>
      )}
      {needsYouLeftOut > 0 && <p className="mt-1 text-xs text-ink-3">and {count(needsYouLeftOut)} more</p>}
      <NotJudged control={control} />
    </Panel>
  );
}

function NeedRow({ need: { code, text, link, since } }: { need: Need }) {
  const { icon: Icon, tint } = LOOKS[code];
  return (
    <li className="flex min-h-7 items-start gap-2 py-1">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", tint)} strokeWidth={1.8} />
      <span className="min-w-0 flex-1">
        {link ? (
          <AddressLink address={link} className="inline-block min-h-6 hover:underline">
            {text}
          </AddressLink>
        ) : (
          text
        )}
      </span>
      {since && <When at={since} className="text-xs leading-5 text-ink-3" />}
    </li>
  );
}

/** What is silent on purpose, and therefore is not judged. */
function NotJudged({ control: { paused, snoozed } }: { control: Control }) {
  if (paused + snoozed === 0) return null;
  return (
    <p className="mt-1.5 border-t border-line pt-1.5 text-xs text-ink-3">
      Not judged:{" "}
      {paused > 0 && (
        <AddressLink address="/?state=paused" className="text-ink-2 underline hover:text-ink">
          {plural(paused, "paused automation")}
        </AddressLink>
      )}
      {paused > 0 && snoozed > 0 && ", "}
      {snoozed > 0 && (
        <AddressLink address="/?state=snoozed" className="text-ink-2 underline hover:text-ink">
          {count(snoozed)} snoozed
        </AddressLink>
      )}
    </p>
  );
}
