import { Link } from "@tanstack/react-router";

import { type Backfill, isOpen } from "@/api/backfills";
import { When } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { money } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import { BackfillActions } from "./backfill-actions";
import { ProgressBar } from "./progress-bar";
import { KINDS, STATUSES, titleOf } from "./words";

/** Backfills with how far they are; `named`: with the automation that each belongs to. */
export function BackfillList({ backfills, named = false }: { backfills: readonly Backfill[]; named?: boolean }) {
  return (
    <ul className="divide-y divide-line" aria-label="Backfills, newest first">
      {backfills.map((one) => (
        <Row key={one.id} backfill={one} named={named} />
      ))}
    </ul>
  );
}

function Row({ backfill, named }: { backfill: Backfill; named: boolean }) {
  const zone = useZone();
  const { label, tone } = STATUSES[backfill.status];
  const { from, to } = backfill;
  return (
    <li className={cn("flex flex-wrap items-start gap-x-4 gap-y-1", named ? "px-3 py-2.5" : "py-2 first:pt-0")}>
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-baseline gap-x-2">
          {named && <Title backfill={backfill} />}
          <span className={cn(!named && "font-medium")}>{KINDS[backfill.kind]}</span>
          <span className={tone}>{label}</span>
        </p>
        <p className="text-xs text-ink-3">
          {from && to && `${dayAndTime(from, zone)} to ${dayAndTime(to, zone)} · `}
          started <When at={backfill.createdAt} /> by {backfill.createdBy}
          {backfill.reason && `: ${backfill.reason}`}
        </p>
        {backfill.waitsFor && <p className="text-xs text-degrading">Waits: {backfill.waitsFor}</p>}
        {backfill.pausedBy && (
          <p className="text-xs text-degrading">
            Paused by {backfill.pausedBy}
            {backfill.pausedReason && `: ${backfill.pausedReason}`}
          </p>
        )}
      </div>
      <div className={cn("min-w-0 flex-1 basis-56", named && "max-w-xl")}>
        <ProgressBar backfill={backfill} />
      </div>
      <div className={cn("flex items-center gap-3 text-xs text-ink-2", named && "sm:w-60 sm:justify-end")}>
        <span className={cn(named && "sm:text-right")}>
          {money(backfill.spentUsd)}
          {isOpen(backfill) && backfill.estCostUsd && (
            <span className="text-ink-3"> of about {money(backfill.estCostUsd)}</span>
          )}
          {backfill.endsAt && (
            <span className="block text-ink-3">
              ends <When at={backfill.endsAt} />
            </span>
          )}
          <Link to="/runs" search={{ backfill: backfill.id }} className="block text-accent hover:underline">
            Show its runs
          </Link>
        </span>
        <span className={cn(named && "sm:w-14")}>
          <BackfillActions backfill={backfill} name={titleOf(backfill)} />
        </span>
      </div>
    </li>
  );
}

function Title({ backfill }: { backfill: Backfill }) {
  const open = useOpenAutomation();
  const { automation } = backfill;
  if (!automation) return <span className="font-medium">{titleOf(backfill)}</span>;
  return (
    <button type="button" className="truncate font-medium hover:underline" onClick={() => open(automation.slug)}>
      {automation.name}
    </button>
  );
}
