import { useQuery } from "@tanstack/react-query";
import { Flame, X } from "lucide-react";
import { useMemo } from "react";

import { type Density as DensityAnswer, densityQuery, type Slot } from "@/api/load";
import type { LiveFilters } from "@/api/live";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/format";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { useNarrow } from "@/lib/narrow";
import { useZone } from "@/lib/preferences";
import { useRoving } from "@/lib/roving";
import { dayAndTime, shortDay } from "@/lib/time";

import { type ScheduleSearch, useScheduleSearch } from "../filters";
import { byDay, grouped, level, MEASURES, type Measure, mostAtOnce, short, unitOf } from "./measures";

const HOURS = { day: 24, week: 168 } as const;
const NAMED = 14;

interface DensityProps {
  filters: LiveFilters;
  /** How many automations the list shows. */
  listed: number | undefined;
}

/** How much starts when, over the next day or week; a click on an hour lists what starts in it. */
export function Density({ filters, listed }: DensityProps) {
  const zone = useZone();
  const [search, change] = useScheduleSearch();
  const span = search.load ?? "day";
  const measure: Measure = search.measure ?? "weighted";
  const query = useMemo(() => {
    // What an hour shows is part of the bar, which stays whole.
    const { sort: _, order: __, archived: ___, startsFrom: ____, startsTo: _____, ...kept } = filters;
    return { ...kept, hours: HOURS[span], tz: zone };
  }, [filters, span, zone]);
  const density = useQuery(densityQuery(query));
  const slots = density.data?.slots;

  if (density.isError && !slots) {
    return (
      <p className="rounded-lg border border-line bg-panel px-3.5 py-2 text-ink-2">Load: {density.error.message}</p>
    );
  }
  const most = Math.max(0, ...(slots ?? []).map(MEASURES[measure].of));
  return (
    <section aria-label="Load" className="rounded-lg border border-line bg-panel px-3.5 pt-2 pb-2.5">
      <header className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-medium">{span === "day" ? "Next 24 hours" : "Next 7 days"}</h2>
        {measure === "concurrency"
          ? slots && <MostAtOnce slot={mostAtOnce(slots)} day={span === "week"} />
          : density.data?.peak && <Peak peak={density.data.peak} day={span === "week"} />}
        {search.hour && filters.startsFrom && (
          <Chosen hour={filters.startsFrom} zone={zone} listed={listed} onClear={() => change({ hour: undefined })} />
        )}
        <span className="flex-1" />
        {slots && busiest(slots) > 0 && (
          <span className="inline-flex items-center gap-1.5 text-2xs text-ink-3">
            <span
              data-drawn
              className="h-2 w-3 rounded-[2px] bg-[repeating-linear-gradient(135deg,var(--line-control)_0_2px,transparent_2px_4px)]"
            />
            expected from triggers
          </span>
        )}
        <Segmented
          label="Measure"
          value={measure}
          onChange={(next) => change({ measure: next === "weighted" ? undefined : next })}
          options={(Object.keys(MEASURES) as Measure[]).map((value) => ({ value, label: MEASURES[value].label }))}
        />
        <Segmented
          label="Span"
          value={span}
          onChange={(next) => change({ load: next === "week" ? next : undefined, hour: undefined })}
          options={[
            { value: "day", label: "24 h" },
            { value: "week", label: "7 d" },
          ]}
        />
      </header>
      {!slots ? (
        <div className="h-12 breathe rounded bg-sunken" />
      ) : span === "day" ? (
        <Bar slots={slots} most={most} measure={measure} search={search} change={change} />
      ) : (
        <Week slots={slots} most={most} measure={measure} search={search} change={change} />
      )}
    </section>
  );
}

/** The hour with the most starts; loud only where so much comes together that it deserves to be spread. */
function Peak({ peak, day }: { peak: NonNullable<DensityAnswer["peak"]>; day: boolean }) {
  const high = peak.band === "high";
  return (
    <span
      className={cn(
        "inline-flex items-center gap-1",
        high ? "rounded bg-unstable/12 px-1.5 py-0.5 text-xs font-medium text-unstable" : "text-ink-2",
      )}
    >
      {high && <Flame className="size-3.5" />}
      {high ? "High concurrency" : "Peak"}
      {day && ` on ${shortDay(peak.start.slice(0, 10))}`}: {grouped(peak.text)}
    </span>
  );
}

/** What the bar measures when it measures concurrency; the other peak is of starts. */
function MostAtOnce({ slot, day }: { slot: Slot | undefined; day: boolean }) {
  if (!slot) return null;
  return (
    <span className="text-ink-2">
      Highest concurrency{day && ` on ${shortDay(slot.start.slice(0, 10))}`}: {count(slot.peakConcurrency)} at{" "}
      {slot.start.slice(11, 16)}
    </span>
  );
}

interface ChosenProps {
  hour: string;
  zone: string;
  listed: number | undefined;
  onClear: () => void;
}

function Chosen({ hour, zone, listed, onClear }: ChosenProps) {
  return (
    <Button
      look="quiet"
      size="sm"
      className="bg-accent-soft text-accent"
      title="Show every hour again"
      onClick={onClear}
    >
      Only {dayAndTime(hour, zone)}
      {listed !== undefined && `: ${plural(listed, "automation")}`}
      <X className="size-3.5" />
    </Button>
  );
}

interface HeatProps {
  slots: Slot[];
  most: number;
  measure: Measure;
  search: ScheduleSearch;
  change: (part: Partial<ScheduleSearch>) => void;
}

const busiest = (slots: Slot[]) => Math.max(0, ...slots.map((slot) => slot.expectedArrivals));

/** A day in one row; on a phone in two, so that a finger meets one hour. */
function Bar(props: HeatProps) {
  const arrivals = busiest(props.slots);
  const roving = useRoving(props.slots.length, 0);
  return (
    <div className="grid grid-cols-12 gap-[3px] sm:grid-cols-24" {...roving.row}>
      {props.slots.map((slot, index) => (
        <div key={slot.start} className="flex min-w-0 flex-col">
          <Cell {...props} slot={slot} className="h-9 w-full" stop={roving.item(index)} labelled />
          {arrivals > 0 && <Arrivals slot={slot} most={arrivals} />}
          <span className={cn("mt-0.5 text-center text-2xs text-ink-3", index === 0 && "font-medium text-ink")}>
            {index === 0 ? "now" : slot.start.slice(11, 13)}
          </span>
        </div>
      ))}
    </div>
  );
}

/** What triggers are expected to bring: apart from what is certain, and drawn so. */
function Arrivals({ slot, most }: { slot: Slot; most: number }) {
  return (
    <div className="mt-[3px] flex h-2 items-end" title={`About ${short(slot.expectedArrivals)} arrivals from triggers`}>
      <div
        data-drawn
        className="w-full rounded-[2px] bg-[repeating-linear-gradient(135deg,var(--line-control)_0_2px,transparent_2px_4px)]"
        style={{ height: `${(slot.expectedArrivals / most) * 100}%` }}
      />
    </div>
  );
}

function Week(props: HeatProps) {
  const arrivals = busiest(props.slots);
  const roving = useRoving(props.slots.length, 0);
  // Seven days of hours are too many for fingers: there they are a picture, and the day above is for choosing.
  const narrow = useNarrow();
  const { of } = MEASURES[props.measure];
  const told = `${shortDay(props.slots[0]?.start.slice(0, 10) ?? "")} and the six days after: up to ${short(props.most)} ${unitOf(props.measure, props.most)} an hour`;
  return (
    <div className="flex flex-col gap-[3px]" {...(narrow ? { role: "img", "aria-label": told } : roving.row)}>
      {byDay(props.slots).map(([day, slots]) => (
        <div key={day} className="grid grid-cols-[3.2rem_repeat(24,minmax(0,1fr))] gap-[3px]">
          <span className="text-2xs leading-[21px] text-ink-3">{shortDay(day)}</span>
          {slots.map((slot, index) => {
            const style = index === 0 ? { gridColumnStart: Number(slot.start.slice(11, 13)) + 2 } : undefined;
            if (narrow) {
              const shade = level(of(slot), props.most);
              // As high as it is dark: too narrow for numbers, it is not left to the colour alone.
              const background = `linear-gradient(to top, var(--heat-${shade}) ${shade * 20}%, var(--heat-0) 0)`;
              return (
                <span
                  key={slot.start}
                  data-drawn
                  className="relative h-[21px] overflow-hidden rounded-[3px]"
                  style={{ ...style, background }}
                >
                  <Foot share={arrivals > 0 ? slot.expectedArrivals / arrivals : 0} />
                </span>
              );
            }
            return (
              <Cell
                key={slot.start}
                {...props}
                slot={slot}
                className="relative h-[21px] overflow-hidden"
                stop={roving.item(props.slots.indexOf(slot))}
                style={style}
                labelled
                arrivals={arrivals > 0 ? slot.expectedArrivals / arrivals : 0}
              />
            );
          })}
        </div>
      ))}
      <div className="grid grid-cols-[3.2rem_repeat(24,minmax(0,1fr))] gap-[3px] text-center text-2xs text-ink-3">
        <span />
        {Array.from({ length: 24 }, (_, hour) => (
          <span key={hour} className={cn(hour % 3 !== 0 && "invisible")}>
            {String(hour).padStart(2, "0")}
          </span>
        ))}
      </div>
    </div>
  );
}

interface CellProps extends HeatProps {
  slot: Slot;
  className: string;
  /** Makes it a stop of the arrow keys. */
  stop: ReturnType<ReturnType<typeof useRoving>["item"]>;
  labelled?: boolean;
  /** What triggers are expected to bring, as a share of the most in any hour. */
  arrivals?: number;
  style?: React.CSSProperties | undefined;
}

const ON_DARK_SHADE = 4;

function Cell({ slot, most, measure, search, change, className, stop, labelled, arrivals = 0, style }: CellProps) {
  const zone = useZone();
  const value = MEASURES[measure].of(slot);
  const shade = level(value, most);
  const pressed = search.hour === slot.start;
  return (
    <Tooltip side="bottom" text={<Breakdown slot={slot} zone={zone} />}>
      <button
        type="button"
        {...stop}
        data-heat
        aria-pressed={pressed}
        aria-label={`${dayAndTime(slot.start, zone)}: ${short(value)} ${unitOf(measure, value)}`}
        onClick={() => change({ hour: pressed ? undefined : slot.start })}
        style={{ background: `var(--heat-${shade})`, ...style }}
        className={cn(
          "rounded-[3px] text-2xs hover:ring-1 hover:ring-accent",
          shade >= ON_DARK_SHADE
            ? "text-white dark:text-black"
            : shade === 3
              ? "text-black dark:text-white"
              : "text-ink-2",
          shade === 0 && "text-ink-3",
          pressed && "outline-2 outline-offset-1 outline-ink",
          className,
        )}
      >
        {labelled && value > 0 && <span>{short(value)}</span>}
        <Foot share={arrivals} />
      </button>
    </Tooltip>
  );
}

/** What triggers are expected to bring, at the foot of a cell that has no room below it. */
function Foot({ share }: { share: number }) {
  if (share <= 0) return null;
  return (
    <span
      aria-hidden
      data-arrivals
      data-drawn
      className="absolute bottom-0 left-0 h-[4px] bg-[repeating-linear-gradient(135deg,var(--ink-3)_0_1px,transparent_1px_3px)]"
      style={{ width: `${share * 100}%` }}
    />
  );
}

/** One that is left over takes no more room than to say so. */
function firstNamed({ automations, automationsLeftOut }: Slot): Slot["automations"] {
  return automations.length + automationsLeftOut === NAMED + 1 ? automations : automations.slice(0, NAMED);
}

function Breakdown({ slot, zone }: { slot: Slot; zone: string }) {
  const kinds = KIND_LIST.filter((kind) => (slot.byPrimitive[kind] ?? 0) > 0);
  const named = firstNamed(slot);
  const left = slot.automations.length - named.length + slot.automationsLeftOut;
  return (
    <div className="flex min-w-48 flex-col gap-1 py-0.5">
      <p className="font-medium">{dayAndTime(slot.start, zone)}</p>
      <p className="text-ink-2">
        {plural(slot.starts, "start")}, {short(slot.weightedStarts)} {unitOf("weighted", slot.weightedStarts)}, up to{" "}
        {count(slot.peakConcurrency)} at once
      </p>
      {kinds.length > 0 && (
        <p className="text-ink-2">
          {kinds.map((kind) => `${count(slot.byPrimitive[kind] ?? 0)} ${KINDS[kind].label.toLowerCase()}`).join(", ")}
        </p>
      )}
      <ul>
        {named.map((one) => (
          <li key={one.id} className="flex gap-2">
            <span className="flex-1 truncate">{one.name}</span>
            {one.count > 1 && <span className="text-ink-3">{count(one.count)}×</span>}
          </li>
        ))}
        {left > 0 && <li className="text-ink-3">and {count(left)} more</li>}
      </ul>
      {slot.expectedArrivals > 0 && (
        <p className="text-ink-3">and about {short(slot.expectedArrivals)} arrivals from triggers, as in past weeks</p>
      )}
    </div>
  );
}
