import { cn } from "@/lib/cn";

import { failuresOf, type Span } from "./bars";
import { type ColourBy, COLOURS, signOf } from "../colour";

interface SpanBarProps {
  span: Span;
  colourBy: ColourBy;
  onExpand: (automationId: string) => void;
}

export function SpanBar({ span, colourBy, onExpand }: SpanBarProps) {
  const first = span.entries[0];
  if (!first) return null;
  const { icon: Icon, colour: tint, word } = signOf(colourBy, first);
  const colour = COLOURS[colourBy].colourOf(first);
  const failed = failuresOf(span);
  const label = `${first.name}: ${first.cadence}${failed ? `, ${failed}` : ""}${word ? `, ${word}` : ""}. Show each fire`;
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      onClick={() => onExpand(first.automationId)}
      style={{
        gridColumn: `${span.from + 2} / ${span.to + 3}`,
        gridRow: span.lane + 1,
        borderColor: colour,
        background: `color-mix(in oklab, ${colour} 12%, var(--panel))`,
      }}
      className="@container mx-0.5 flex h-6 min-w-0 items-center overflow-hidden rounded-[3px] border-l-[3px] text-left text-2xs hover:brightness-95 dark:hover:brightness-125"
    >
      <span className="flex min-w-0 flex-1 items-center gap-1.5 px-1.5 @max-[10rem]:gap-1 @max-[10rem]:px-1">
        <Icon className="size-3 shrink-0 @max-[10rem]:hidden" style={{ color: tint }} strokeWidth={2} />
        <span className="min-w-5 shrink-[99] truncate font-medium">{first.name}</span>
        <span className={cn("text-ink-2", first.scheduled ? "truncate" : "shrink-0")}>{first.cadence}</span>
        {failed && (
          <span className="shrink-0 text-failing">
            <span className="@max-[10rem]:hidden">{failed}</span>
            <span className="hidden @max-[10rem]:inline">{failed.replace(" failed", "F")}</span>
          </span>
        )}
      </span>
    </button>
  );
}
