import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode, RefObject } from "react";

import { Button } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { Segmented } from "@/components/ui/segmented";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { useZone } from "@/lib/preferences";
import { isCalendarDay } from "@/lib/search-params";
import { cityOf } from "@/lib/time/zones";

import { CalendarFilter, type FilterChoice } from "./calendar-filter";
import { type ColourBy, COLOURS } from "../colour";
import { endOf, step, titleOf, type View } from "../dates";
import { useCalendarSearch, useDefaultView } from "../use-calendar";

interface ToolbarProps {
  view: View;
  day: string;
  today: string;
  days: readonly string[];
  filter: FilterChoice;
  heading: RefObject<HTMLHeadingElement | null>;
}

export function Toolbar({ view, day, today, days, filter, heading }: ToolbarProps) {
  const [search, change] = useCalendarSearch();
  const zone = useZone();
  const defaultView = useDefaultView();
  const colourBy: ColourBy = search.colour ?? "primitive";
  const go = (next: string) => change({ day: next === today ? undefined : next });
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
      <div className="flex items-center gap-1">
        <Step label={`Previous ${view}`} to={step(view, day, -1)} onGo={go}>
          <ChevronLeft className="size-4" />
        </Step>
        <Button onClick={() => go(today)}>Today</Button>
        <Step label={`Next ${view}`} to={step(view, day, 1)} onGo={go}>
          <ChevronRight className="size-4" />
        </Step>
      </div>
      <h1 ref={heading} tabIndex={-1} className="text-base font-semibold outline-none">
        {titleOf(view, day, days)}
      </h1>
      <span className="text-xs text-ink-3" title={zone}>
        {cityOf(zone)} time
      </span>
      <span role="status" className="flex-1 text-xs text-ink-2">
        {endOf(view, day)}
      </span>
      <Pills
        label="Primitive"
        chosen={search.primitive ?? []}
        onChange={(primitive) => change({ primitive })}
        pills={KIND_LIST.map((kind) => ({ value: kind, label: KINDS[kind].label }))}
      />
      <CalendarFilter
        chosen={filter}
        onChange={(next) =>
          change({ agents: next.agents.join(",") || undefined, automations: next.automations.join(",") || undefined })
        }
      />
      <Segmented
        label="Colour by"
        value={colourBy}
        onChange={(next) => change({ colour: next === "primitive" ? undefined : next })}
        options={(Object.keys(COLOURS) as ColourBy[]).map((value) => ({ value, label: COLOURS[value].label }))}
      />
      <Segmented
        label="View"
        value={view}
        onChange={(next) => change({ view: next === defaultView ? undefined : next })}
        options={[
          { value: "month", label: "Month" },
          { value: "week", label: "Week" },
          { value: "day", label: "Day" },
        ]}
      />
    </div>
  );
}

interface StepProps {
  label: string;
  to: string;
  onGo: (day: string) => void;
  children: ReactNode;
}

/** Previous and next; at the ends of the calendar the button keeps the focus and does nothing. */
function Step({ label, to, onGo, children }: StepProps) {
  const exists = isCalendarDay(to);
  return (
    <Button size="icon" aria-label={label} aria-disabled={!exists} onClick={() => exists && onGo(to)}>
      {children}
    </Button>
  );
}
