import type { ControlHistoryHour, ControlMarker, Usual } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { Tooltip } from "@/components/ui/tooltip";
import { useRoving } from "@/lib/keyboard/roving";
import { count, money, percent, plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

const HOUR_MS = 3_600_000;

const iso = (at: number) => new Date(at).toISOString();

interface HoursProps {
  hours: readonly ControlHistoryHour[];
  markers: readonly ControlMarker[];
  zone: string;
}

/** Over all three charts: one column per hour, with its figures and a link to its runs. */
export function Hours({ hours, markers, zone }: HoursProps) {
  const roving = useRoving(hours.length);
  const changes = new Map(markers.map((marker) => [Date.parse(marker.start), marker.text]));
  return (
    <div role="group" aria-label="Hours, oldest first" className="absolute inset-0 flex" {...roving.row}>
      {hours.map((hour, index) => {
        const start = Date.parse(hour.start);
        const changed = changes.get(start);
        const to = new URLSearchParams({ from: iso(start), to: iso(start + HOUR_MS) });
        return (
          <Tooltip key={hour.start} text={<HourFigures hour={hour} zone={zone} changed={changed} />}>
            <AddressLink
              address={`/runs?${to}`}
              aria-label={`${dayAndTime(hour.start, zone)}: ${figures(hour)
                .map(([label, text]) => `${label} ${text}`)
                .join("; ")}`}
              className="min-w-0 flex-1 hover:bg-ink/8 focus-visible:bg-ink/8"
              {...roving.item(index)}
            />
          </Tooltip>
        );
      })}
    </div>
  );
}

function HourFigures({ hour, zone, changed }: { hour: ControlHistoryHour; zone: string; changed: string | undefined }) {
  return (
    <div className="flex flex-col gap-0.5 py-0.5">
      <p className="font-medium">{dayAndTime(hour.start, zone)}</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3">
        {figures(hour).map(([label, text]) => (
          <div key={label} className="contents">
            <dt className="text-ink-3">{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {changed && <p className="text-ink-2">{changed}</p>}
    </div>
  );
}

function figures(hour: ControlHistoryHour): [string, string][] {
  const unknown = hour.unknownCosts > 0 ? ` and ${plural(hour.unknownCosts, "unknown cost")}` : "";
  return [
    ["Runs", `${count(hour.runs)}${beside(hour.usualRuns, short)}`],
    [
      "Failed",
      hour.failureRate === null
        ? "none ended"
        : `${percent(hour.failureRate)}${beside(hour.usualFailureRate, percent)}`,
    ],
    ["Cost", `${money(hour.costUsd)}${unknown}${beside(hour.usualCostUsd, (usd) => money(String(usd)))}`],
  ];
}

const short = (value: number) => count(Math.round(value));

function beside(usual: Usual | null, format: (value: number) => string): string {
  if (!usual) return "";
  const [low, high] = [format(usual.low), format(usual.high)];
  return low === high ? `, usually ${low}` : `, usually ${low} to ${high}`;
}

/** Below the charts: a mark for each hour in which something was changed, which leads to the changes. */
export function Markers({ hours, markers, zone }: HoursProps) {
  const first = Date.parse(hours[0]?.start ?? "");
  const roving = useRoving(markers.length);
  if (markers.length === 0) return null;
  return (
    <div role="group" aria-label="Changes, oldest first" className="relative h-4" {...roving.row}>
      {markers.map((marker, index) => {
        const place = (Date.parse(marker.start) - first) / HOUR_MS + 0.5;
        const text = `${dayAndTime(marker.start, zone)}: ${marker.text}`;
        return (
          <Tooltip key={marker.start} text={text}>
            <AddressLink
              address={marker.link}
              aria-label={text}
              className="absolute flex h-4 w-3 -translate-x-1/2 items-center justify-center text-accent"
              style={{ left: `${(place / hours.length) * 100}%` }}
              {...roving.item(index)}
            >
              <svg viewBox="0 0 8 8" className="size-2" aria-hidden>
                <path d="M4 0L8 8H0Z" fill="currentColor" />
              </svg>
            </AddressLink>
          </Tooltip>
        );
      })}
    </div>
  );
}
