import type { Control, ControlHour } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { useRoving } from "@/lib/keyboard/roving";
import { useZone } from "@/lib/preferences";
import { count, plural } from "@/lib/text/format";
import { dayAndTime, timeOfDay } from "@/lib/time/time";

import { DEFINITIONS } from "./definitions";
import { ENGINE } from "./engine";
import { Figure } from "./figure";
import { Panel } from "@/components/panel";

/** Slots that many times the highest bar would flatten the bars: they are told and not drawn. */
const FAR_ABOVE = 3;
const LEAST_PERCENT = 4;

const startsOf = (hour: ControlHour) => `/?${new URLSearchParams({ hour: hour.start })}`;

/** The runs of the coming day's schedules, against what the workers carry out at the same time. */
export function LoadAhead({ control: { hoursAhead, loadAhead, agentSlots } }: { control: Control }) {
  const zone = useZone();
  const roving = useRoving(hoursAhead.length, 0);
  const most = Math.max(0, ...hoursAhead.map((hour) => hour.peakConcurrency));
  const isDrawn = agentSlots > 0 && agentSlots <= most * FAR_ABOVE;
  const full = Math.max(most, isDrawn ? agentSlots * 1.1 : 0, 1);
  const busiest = hoursAhead.find((hour) => hour.peakConcurrency === most);
  return (
    <Panel title="Next 24 hours">
      {!loadAhead || !busiest ? (
        <p className="text-ink-3">No schedule is due in the next 24 hours.</p>
      ) : (
        <>
          <div className="mb-2 grid grid-cols-2 gap-x-6 sm:grid-cols-3">
            <Figure
              label="Busiest hour"
              definition="The hour in which schedules start the most runs."
              address={`/?${new URLSearchParams({ hour: loadAhead.start })}`}
            >
              {timeOfDay(loadAhead.start, zone)}, {plural(loadAhead.starts, "start")}
            </Figure>
            <Figure
              label="Most at once"
              definition={DEFINITIONS.ahead}
              address={startsOf(busiest)}
              className={agentSlots > 0 && most > agentSlots ? "text-degrading" : ""}
            >
              {count(most)} at {timeOfDay(busiest.start, zone)}
            </Figure>
            <Figure label="Slots of workers" definition={DEFINITIONS.slots} address={`#${ENGINE}`}>
              {agentSlots > 0 ? count(agentSlots) : "none reported"}
            </Figure>
          </div>
          <div role="group" aria-label="Hours ahead" className="relative flex h-16 items-end gap-[3px]" {...roving.row}>
            {isDrawn && (
              <div
                aria-hidden
                className="pointer-events-none absolute inset-x-0 border-t border-dashed border-degrading"
                style={{ bottom: `${(agentSlots / full) * 100}%` }}
              />
            )}
            {hoursAhead.map((hour, index) => (
              <Tooltip key={hour.start} text={told(hour, zone, agentSlots)}>
                <AddressLink
                  address={startsOf(hour)}
                  aria-label={told(hour, zone, agentSlots)}
                  className="flex h-full min-w-0 flex-1 items-end rounded-[3px] hover:bg-ink/8 focus-visible:bg-ink/8"
                  {...roving.item(index)}
                >
                  <Bar hour={hour} full={full} isOver={agentSlots > 0 && hour.peakConcurrency > agentSlots} />
                </AddressLink>
              </Tooltip>
            ))}
          </div>
          <div aria-hidden className="mt-0.5 flex gap-[3px] text-center text-2xs text-ink-3">
            {hoursAhead.map((hour, index) => (
              <span key={hour.start} className={cn("min-w-0 flex-1", index % 3 > 0 && "max-xl:invisible")}>
                {index === 0 ? "now" : timeOfDay(hour.start, zone).slice(0, 2)}
              </span>
            ))}
          </div>
        </>
      )}
    </Panel>
  );
}

function Bar({ hour, full, isOver }: { hour: ControlHour; full: number; isOver: boolean }) {
  if (hour.peakConcurrency === 0) return <span className="h-px w-full bg-line" />;
  return (
    <span
      data-drawn
      className={cn("w-full rounded-t-[2px]", isOver ? "bg-degrading-mark" : "bg-[var(--heat-3)]")}
      style={{ height: `${Math.max((hour.peakConcurrency / full) * 100, LEAST_PERCENT)}%` }}
    />
  );
}

function told(hour: ControlHour, zone: string, slots: number): string {
  const over = slots > 0 && hour.peakConcurrency > slots ? `, more than the ${plural(slots, "slot")} of workers` : "";
  return `${dayAndTime(hour.start, zone)}: ${plural(hour.starts, "start")}, up to ${count(hour.peakConcurrency)} at once${over}`;
}
