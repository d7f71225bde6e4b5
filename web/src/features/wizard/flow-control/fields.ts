import defaults from "@/api/defaults.json";
import { DEBOUNCE_KEEPS, type Limit, SINGLETON_MODES } from "@/lib/words/flow-control";

/** A field of a limit. */
export interface LimitField {
  /** Its name in the API; empty where the limit itself is the value. */
  name: string;
  label: string;
  type: "number" | "expression" | "choice";
  /** What it holds when the limit is switched on. */
  initial: string;
  /** What an empty field means to the API; undefined: it must be filled in. */
  empty?: null | 0;
  placeholder?: string;
  choices?: Readonly<Record<string, string>>;
}

const number = (name: string, label: string, initial: string): LimitField => ({ name, label, type: "number", initial });
const optional = (field: LimitField, empty: null | 0 = null): LimitField => ({ ...field, initial: "", empty });
const expression = (name: string, label: string, placeholder: string): LimitField => ({
  name,
  label,
  type: "expression",
  initial: "",
  placeholder,
});
const key = (label = "For each value of (CEL)") => optional(expression("key", label, "payload.customer"));
const choice = (name: string, label: string, choices: Readonly<Record<string, string>>): LimitField => ({
  name,
  label,
  type: "choice",
  initial: Object.keys(choices)[0] ?? "",
  choices,
});

/** The fields of each limit. */
export const FIELDS: Record<Limit, readonly LimitField[]> = {
  concurrency: [
    { ...number("limit", "Most runs at once", "1"), empty: null },
    key("Key (CEL)"),
    optional(number("perKey", "Most for each value", "")),
  ],
  throttle: [
    number("limit", "Starts", "1"),
    number("periodSeconds", "In how many seconds", "60"),
    optional(number("burst", "Extra starts at once", ""), 0),
    key(),
  ],
  priority: [expression("", "Seconds (CEL)", "payload.urgent ? 300 : 0")],
  maxQueue: [number("", "Most waiting runs", String(defaults.FlowControl.maxQueue))],
  maxWaitSeconds: [number("", "Seconds", "3600")],
  rateLimit: [number("limit", "Deliveries", "100"), number("periodSeconds", "In how many seconds", "3600"), key()],
  singleton: [choice("mode", "While one is open", SINGLETON_MODES), key()],
  idempotency: [
    expression("expression", "Value (CEL)", "payload.id"),
    number("ttlSeconds", "Remembered for (s)", String(defaults.Idempotency.ttlSeconds)),
  ],
  debounce: [
    number("periodSeconds", "Without a delivery for (s)", "30"),
    optional(number("maxSeconds", "At most (s)", "")),
    choice("keep", "Input of the run", DEBOUNCE_KEEPS),
    key(),
  ],
  batch: [number("maxSize", "Deliveries", "100"), number("timeoutSeconds", "At most (s)", "60"), key()],
};

/** The dotted name of a limit's field in the API. */
export const pathOf = (limit: Limit, field: LimitField) =>
  field.name ? `flowControl.${limit}.${field.name}` : `flowControl.${limit}`;
