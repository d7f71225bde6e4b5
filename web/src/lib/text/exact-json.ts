import { isSafeNumber, LosslessNumber, parse, stringify } from "lossless-json";

/** Only numbers like these may not fit a double. */
const LONG_NUMBER = /[-.\d]{16}|\d[eE][+-]?\d{3,}\s*(?:[,}\]]|$)/;

const exactNumber = (digits: string) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits));

/**
 * Reads JSON. A number that a double cannot hold (9007199254740993) becomes a `LosslessNumber`, which `writeJson`
 * writes digit for digit; all others are plain numbers.
 *
 * Throws the SyntaxError of `JSON.parse`.
 */
export function readJson(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  return LONG_NUMBER.test(text)
    ? parse(text, null, { parseNumber: exactNumber, onDuplicateKey: ({ newValue }) => newValue })
    : plain;
}

type Replacer = (key: string, value: unknown) => unknown;

export function writeJson(value: unknown, indent?: number, replacer: Replacer | null = null): string {
  return stringify(value, replacer, indent) ?? "";
}
