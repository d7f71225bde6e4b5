const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const WHOLE_DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const SMALL_DOLLARS = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumSignificantDigits: 2,
});
const ORDINAL = new Intl.PluralRules("en-US", { type: "ordinal" });
// What is rounded to a cent from here on has two significant digits, as smaller amounts have.
const LEAST_IN_CENTS = 0.0995;
const COUNT = new Intl.NumberFormat("en-US");

/** $0.0037, $0.10, $12.40, $1,204. Takes the API's decimal strings; null is unknown, never zero. */
export function money(amount: string | null | undefined): string {
  if (amount === null || amount === undefined) return "unknown";
  const value = Number(amount);
  const size = Math.abs(value);
  if (size >= 1000) return WHOLE_DOLLARS.format(value);
  return value !== 0 && size < LEAST_IN_CENTS ? SMALL_DOLLARS.format(value) : DOLLARS.format(value);
}

export function count(value: number): string {
  return COUNT.format(value);
}

/** "32%". Between 99 and 100 it is cut to one decimal, so that 99.97 never reads as 100%. */
export function percent(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return "—";
  const cut = rate >= 99 && rate < 100 ? Math.floor(rate * 10) / 10 : Math.round(rate);
  return `${cut}%`;
}

/** "17 bytes", "1.2 kB", "3.4 MB"; null is unknown. */
export function bytes(size: number | null | undefined): string {
  if (size === null || size === undefined) return "unknown size";
  if (size < 1000) return plural(size, "byte");
  const [value, unit] = size < 999_950 ? [size / 1000, "kB"] : [size / 1_000_000, "MB"];
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "2nd", "4th", "8th". */
export function ordinal(value: number): string {
  const ending = { one: "st", two: "nd", few: "rd", other: "th", many: "th", zero: "th" }[ORDINAL.select(value)];
  return `${value}${ending}`;
}
