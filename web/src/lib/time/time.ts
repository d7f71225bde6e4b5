/** Instants are ISO texts with an offset; everything is shown in the chosen zone. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
  formatters.set(key, made);
  return made;
}

/** How long ago or ahead, in one unit: "just now", "4 m ago", "now", "in 3 h". */
export function relative(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return seconds < 0 ? "just now" : "now";
  const text =
    size < MINUTE
      ? `${size} s`
      : size < HOUR
        ? `${Math.round(size / MINUTE)} m`
        : size < DAY
          ? `${Math.round(size / HOUR)} h`
          : `${Math.round(size / DAY)} d`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

export function exact(at: string, zone: string): string {
  return formatter(zone, {
    weekday: "short",
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(new Date(at));
}

export function dayAndTime(at: string, zone: string): string {
  return formatter(zone, {
    weekday: "short",
    day: "2-digit",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(at));
}

/** Formats a range with optional ends; a calendar day is formatted as that day. */
export function stretch(from: string | undefined, to: string | undefined, zone: string): string {
  if (!from || !to) return from ? `from ${dayAndTime(from, zone)}` : to ? `until ${dayAndTime(to, zone)}` : "";
  const day = dayIn(zone, Date.parse(from));
  const whole = startOfDay(day, zone) === Date.parse(from) && startOfDay(addDays(day, 1), zone) === Date.parse(to);
  return whole ? `on ${dayOnly(day)}` : `${dayAndTime(from, zone)} to ${dayAndTime(to, zone)}`;
}

export function timeOfDay(at: string, zone: string): string {
  return formatter(zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** "14:03:12". */
export function clock(at: string, zone: string): string {
  return formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at));
}

export function hourLabel(at: string, zone: string): string {
  return formatter(zone, { hour: "2-digit" }).format(new Date(at));
}

export function weekday(at: string, zone: string): string {
  return formatter(zone, { weekday: "short", day: "numeric" }).format(new Date(at));
}

export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "—";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${(Math.round(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} m ${seconds % MINUTE} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** The calendar day of an instant in a zone, as YYYY-MM-DD. */
export function dayIn(zone: string, at: number): string {
  const parts = formatter(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** Moves a day by whole days; days are dates without a zone, so clocks do not matter. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY * 1000).toISOString().slice(0, 10);
}

/** Monday is 0. */
export function dayOfWeek(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

export function longDay(day: string): string {
  return formatter("UTC", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** "Thu 19 Nov" of a day as YYYY-MM-DD. */
export function dayOnly(day: string): string {
  return formatter("UTC", { weekday: "short", day: "numeric", month: "short" })
    .format(new Date(`${day}T00:00:00Z`))
    .replace(",", "");
}

/** "19 Nov". */
export function dayOfMonth(day: string): string {
  return formatter("UTC", { day: "numeric", month: "short" }).format(new Date(`${day}T00:00:00Z`));
}

export function shortDay(day: string): string {
  return formatter("UTC", { weekday: "short", day: "numeric" }).format(new Date(`${day}T00:00:00Z`));
}

export function monthName(day: string): string {
  return formatter("UTC", { month: "long", year: "numeric" }).format(new Date(`${day}T00:00:00Z`));
}

/** How far a zone is ahead of UTC at an instant, in minutes. */
export function offsetMinutes(zone: string, at: number): number {
  const parts = formatter(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60_000);
}

/** The instant at which a day begins in a zone (the first one, where midnight is skipped or repeated). */
export function startOfDay(day: string, zone: string): number {
  const guess = Date.parse(`${day}T00:00:00Z`);
  const first = guess - offsetMinutes(zone, guess) * 60_000;
  return guess - offsetMinutes(zone, first) * 60_000;
}

/** Minutes since midnight on the wall clock of an ISO text that carries its own offset. */
export function wallMinutes(at: string): number {
  return Number(at.slice(11, 13)) * 60 + Number(at.slice(14, 16));
}

const UNITS: readonly [number, string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

/** A whole number of the largest exact unit. */
export function inWords(seconds: number): string {
  const [unit, name] = UNITS.find(([size]) => seconds % size === 0) ?? [1, "s"];
  return `${seconds / unit} ${name}`;
}
