import defaults from "@/api/defaults.json";
import type { FlowControl, HeldBy } from "@/api/types";
import { count, plural } from "@/lib/text/format";
import { inWords } from "@/lib/time/time";

/** The parts of flow control, in the order of the form and the drawer. */
export type Limit = keyof FlowControl;

export const LIMITS: Record<Limit, { label: string; hint: string }> = {
  concurrency: {
    label: "Concurrency",
    hint: "How many runs may be open at once. A run counts until it ends, also while it is paused or waits.",
  },
  throttle: { label: "Throttle", hint: "How fast runs start; more wait." },
  priority: { label: "Priority", hint: "Which waiting runs go first." },
  maxQueue: { label: "Queue length", hint: "How many runs may wait; more are skipped." },
  maxWaitSeconds: { label: "Longest wait", hint: "A run that has waited longer is skipped." },
  rateLimit: { label: "Rate limit", hint: "How many deliveries are accepted; more are skipped." },
  singleton: { label: "Singleton", hint: "One open run at a time." },
  idempotency: { label: "Idempotency", hint: "Repeated deliveries are skipped." },
  debounce: { label: "Debounce", hint: "Run once after deliveries have stopped." },
  batch: { label: "Batch", hint: "Gather deliveries into one run." },
};

export const LIMIT_LIST = Object.keys(LIMITS) as Limit[];

export const SINGLETON_MODES: Record<NonNullable<FlowControl["singleton"]>["mode"], string> = {
  skip: "Skip the new one",
  cancel: "Cancel the open one",
  queueLatest: "Let the newest wait",
};

export const DEBOUNCE_KEEPS: Record<"last" | "all", string> = {
  last: "The last payload",
  all: "All payloads, as events",
};

/** What holds a waiting run. */
export const HELD_BY: Record<HeldBy, { label: string; meaning: string }> = {
  concurrency: { label: "concurrency", meaning: "It starts when an earlier run ends." },
  throttle: { label: "throttle", meaning: "It starts when the rate allows another run." },
  debounce: { label: "debounce", meaning: "It starts once deliveries have stopped." },
  batch: { label: "batch", meaning: "It starts when its batch is full or its time is over." },
  budget: {
    label: "budget",
    meaning: "It starts when a run before it ends and leaves room, or its cost shows what a run costs.",
  },
  backfill: {
    label: "its turn in a backfill",
    meaning: "It starts when its turn in the backfill comes, behind live runs.",
  },
  capacity: { label: "capacity of the agent", meaning: "It starts when another run of its agent ends." },
};

/** "waiting: concurrency". */
export const waitingFor = ({ by }: { by: HeldBy }) => `waiting: ${HELD_BY[by].label}`;

const MORE_WAIT = "More wait in order.";

/** A limit in a sentence or two; empty if it is off or not complete yet. */
export function limitInWords(control: FlowControl, limit: Limit): string {
  const part = control[limit];
  const values = part !== null && typeof part === "object" ? Object.entries(part) : [[limit, part] as const];
  return values.every(([name, value]) => isUsable(name, value)) ? (SENTENCES[limit](control) ?? "") : "";
}

/** Whether a number is one that a limit can have; an empty field of the form is not a number. */
const isUsable = (name: string, value: unknown) =>
  typeof value !== "number" || (Number.isFinite(value) && (value > 0 || name === "burst"));

const SENTENCES: Record<Limit, (control: FlowControl) => string | null | undefined> = {
  concurrency: ({ concurrency: found }) => {
    if (!found) return null;
    const { limit, key, perKey } = found;
    const all = limit ? `At most ${plural(limit, "run")} at once` : "";
    const each =
      key && perKey ? `${count(perKey)}${limit ? "" : ` ${runs(perKey)} at once`} for each value of ${key}` : "";
    if (!all && !each) return null;
    return `${all || `At most ${each}`}${all && each ? `; at most ${each}` : ""}. ${MORE_WAIT}`;
  },
  throttle: ({ throttle: found }) => {
    if (!found) return null;
    const { limit, periodSeconds, burst, key } = found;
    const several = burst ? `${count(burst + 1)} at once, then one` : "One";
    return `${several} each ${interval(periodSeconds / limit)}${forEach(key)}. ${MORE_WAIT}`;
  },
  priority: ({ priority }) =>
    priority && `A waiting run goes before those that arrived up to so many seconds earlier, at most 600: ${priority}.`,
  maxQueue: ({ maxQueue }) => (maxQueue ? `At most ${plural(maxQueue, "waiting run")}; more are skipped.` : ""),
  maxWaitSeconds: ({ maxWaitSeconds }) =>
    maxWaitSeconds ? `A run that has waited for ${inWords(maxWaitSeconds)} is skipped.` : "",
  rateLimit: ({ rateLimit: found }) => {
    if (!found) return null;
    const { limit, periodSeconds, key } = found;
    const several = limit > 1 ? `${count(limit)} at once, then one` : "One";
    return `${several} each ${interval(periodSeconds / limit)}${forEach(key)}. More are skipped.`;
  },
  singleton: ({ singleton: found }) => {
    if (!found) return null;
    const each = forEach(found.key);
    return {
      skip: `At most one open run${each}. What arrives while it is open is skipped.`,
      cancel: `At most one open run${each}. What arrives while it is open cancels it and runs instead.`,
      queueLatest: `At most one open run${each}. Of what arrives while it is open, only the newest waits and runs next.`,
    }[found.mode];
  },
  idempotency: ({ idempotency: found }) =>
    found?.expression &&
    `Of the deliveries with the same value of ${found.expression} within ${inWords(found.ttlSeconds ?? defaults.Idempotency.ttlSeconds)}, only the first runs. The others are skipped.`,
  debounce: ({ debounce: found }) => {
    if (!found) return null;
    const { periodSeconds, maxSeconds, key, keep } = found;
    const most = maxSeconds ? `, at most ${inWords(maxSeconds)} after the first one` : "";
    const input = keep === "all" ? "with all payloads, as events" : "with the last payload";
    return `Once no delivery has come for ${inWords(periodSeconds)}${most}: one run${forEach(key)}, ${input}.`;
  },
  batch: ({ batch: found }) => {
    if (!found) return null;
    const { maxSize, timeoutSeconds, key } = found;
    const full = `With ${plural(maxSize, "delivery", "deliveries")}, or ${inWords(timeoutSeconds)} after the first one`;
    return `${full}: one run${forEach(key)}, with all payloads, as events.`;
  },
};

/** The limits of an automation in words, those that are set. */
export function limitsInWords(control: FlowControl): { limit: Limit; label: string; text: string }[] {
  const isOwn = waits(control) && control.maxQueue !== defaults.FlowControl.maxQueue;
  const set = LIMIT_LIST.filter((limit) => limit !== "maxQueue" || isOwn);
  return set.flatMap((limit) => {
    const text = limitInWords(control, limit);
    return text ? [{ limit, label: LIMITS[limit].label, text }] : [];
  });
}

/** Whether runs can wait at all. */
export function waits({ concurrency, throttle, debounce, batch, singleton }: FlowControl): boolean {
  return Boolean(concurrency || throttle || debounce || batch || (singleton && singleton.mode !== "skip"));
}

const runs = (number: number) => (number === 1 ? "run" : "runs");
const forEach = (key: string | null | undefined) => (key ? ` for each value of ${key}` : "");

const UNITS: readonly [size: number, unit: string, single: string][] = [
  [86_400, "d", "day"],
  [3600, "h", "hour"],
  [60, "min", "minute"],
  [1, "s", "second"],
  [0.001, "ms", "1 ms"],
];

/** A time between two starts, rounded to one decimal: "12 min", "minute", "about 8.6 min", "200 ms". */
function interval(seconds: number): string {
  const [size, unit, single] = UNITS.find(([least]) => seconds >= least) ?? [0.001, "ms", "1 ms"];
  const value = seconds / size;
  const rounded = Math.round(value * 10) / 10;
  const isExact = Math.abs(rounded - value) < 1e-6;
  return isExact && rounded === 1 ? single : `${isExact ? "" : "about "}${rounded} ${unit}`;
}
