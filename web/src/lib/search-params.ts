import { z } from "zod";

import constants from "@/api/constants.json";

/** The address says `?primitive=agent,pulse&sort=cost`: plain words, readable and editable by hand. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    if (Array.isArray(value)) {
      if (value.length > 0) written.set(name, value.join(","));
    } else written.set(name, String(value));
  }
  const text = written.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

/** A list of known words; unknown ones in an old address are dropped. */
export function words<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .preprocess(
      (given) => {
        const list = typeof given === "string" ? given.split(",") : given;
        return Array.isArray(list) ? list.filter((one) => values.includes(one)) : undefined;
      },
      z.array(z.enum(values)),
    )
    .optional()
    .catch(undefined);
}

export function word<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).optional().catch(undefined);
}

export const text = z.string().min(1).optional().catch(undefined);
/** Names or ids, several of them separated by commas. */
export const texts = z
  .preprocess(
    (given) => (typeof given === "string" ? given.split(",").filter(Boolean) : given),
    z.array(z.string().min(1)).min(1),
  )
  .optional()
  .catch(undefined);

export const flag = z
  .preprocess((given) => given === "true" || given === true || undefined, z.literal(true).optional())
  .optional();

/** The range of the API's calendar. */
const [firstYear, lastYear] = constants.calendarYears;
export const FIRST_DAY = `${firstYear}-01-01`;
export const LAST_DAY = `${lastYear}-12-31`;
export const isCalendarDay = (day: string) => FIRST_DAY <= day && day <= LAST_DAY;

/** A valid day within the API's calendar, such as 2026-02-28; anything else in an address is dropped. */
export const calendarDay = z.iso.date().refine(isCalendarDay).optional().catch(undefined);
