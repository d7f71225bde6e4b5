import { useNavigate } from "@tanstack/react-router";

import type { CalendarEntry } from "@/api/outlook";
import { StatusMark } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { cn } from "@/lib/cn";
import { KINDS } from "@/lib/words/kinds";
import { STATUSES } from "@/lib/words/statuses";

import { type ColourBy, COLOURS, signOf } from "../colour";

/** One fire, or one day of a frequent automation: a past one shows its outcome and links to the run, a coming one links to its automation. */
export function Entry({ entry, colourBy, bare = false }: { entry: CalendarEntry; colourBy: ColourBy; bare?: boolean }) {
  const open = useOpenAutomation();
  const navigate = useNavigate();
  const { label } = KINDS[entry.primitiveType];
  const { icon: Icon, colour: tint, word } = signOf(colourBy, entry);
  const colour = COLOURS[colourBy].colourOf(entry);
  const status = entry.status ? STATUSES[entry.status] : null;
  const runId = entry.runId;
  const told = [
    ...(entry.cadence === null
      ? [entry.at.slice(11, 16), entry.name, label, status?.label ?? "upcoming"]
      : [entry.name, label, entry.cadence, ...(entry.failed ? [`${entry.failed} failed`] : [])]),
    ...(word ? [word] : []),
  ].join(", ");
  return (
    <button
      type="button"
      title={told}
      aria-label={told}
      onClick={() => (runId ? void navigate({ to: "/runs/$id", params: { id: runId } }) : open(entry.automationId))}
      style={{ borderColor: colour, background: `color-mix(in oklab, ${colour} ${status ? 5 : 12}%, var(--panel))` }}
      className="flex h-6 w-full min-w-0 items-center gap-1 rounded-[3px] border-l-[3px] pr-1 pl-1 text-left text-2xs hover:brightness-95 dark:hover:brightness-125"
    >
      {entry.status && <StatusMark status={entry.status} className="size-2" />}
      <Icon className="size-3 shrink-0" style={{ color: tint }} strokeWidth={2} />
      {!bare && <span className="text-ink-2">{entry.at.slice(11, 16)}</span>}
      <span className={cn("truncate", entry.status === "failed" && !bare && "font-medium text-failing")}>
        {entry.name}
      </span>
      {bare && entry.cadence && (
        <span className="ml-auto shrink-0 text-ink-3">
          {entry.count}×{entry.failed ? <span className="text-failing"> {entry.failed}F</span> : null}
        </span>
      )}
    </button>
  );
}
