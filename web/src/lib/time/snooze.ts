import { addDays, dayAndTime, dayIn, startOfDay, timeOfDay } from "./time";

const HOUR = 3_600_000;
const MORNING = 9;

export interface SnoozeChoice {
  label: string;
  until: string;
}

/** The preset snooze spans; the morning is in the page's zone. */
export function snoozeChoices(now: number, zone: string): SnoozeChoice[] {
  return [
    { label: "For 1 hour", until: iso(now + HOUR) },
    { label: "For 2 hours", until: iso(now + 2 * HOUR) },
    { label: "Until tomorrow 09:00", until: iso(tomorrowMorning(now, zone)) },
  ];
}

/** The instant of a datetime-local input in a zone; undefined if empty. */
export function instantIn(zone: string, local: string): string | undefined {
  const [day = "", time = ""] = local.split("T");
  const [hour, minute] = time.split(":").map(Number);
  if (!day || hour === undefined || minute === undefined || Number.isNaN(hour + minute)) return undefined;
  return iso(wall(day, hour, minute, zone));
}

/** An instant as the value of a datetime-local input in a zone. */
export function localIn(zone: string, at: number): string {
  return `${dayIn(zone, at)}T${timeOfDay(iso(at), zone)}`;
}

/** "Snoozed until 14:30" today, else with the day. */
export function snoozedUntil(until: string, now: number, zone: string): string {
  const today = dayIn(zone, now) === dayIn(zone, Date.parse(until));
  return `Snoozed until ${today ? timeOfDay(until, zone) : dayAndTime(until, zone)}`;
}

function tomorrowMorning(now: number, zone: string): number {
  return wall(addDays(dayIn(zone, now), 1), MORNING, 0, zone);
}

/** The instant of a local time in a zone; transitions happen at night, before the time. */
function wall(day: string, hour: number, minute: number, zone: string): number {
  const elapsed = startOfDay(day, zone) + hour * HOUR + minute * 60_000;
  const shown = Date.parse(`${dayIn(zone, elapsed)}T${timeOfDay(iso(elapsed), zone)}:00Z`);
  return elapsed + Date.parse(`${day}T00:00:00Z`) + hour * HOUR + minute * 60_000 - shown;
}

function iso(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString();
}
