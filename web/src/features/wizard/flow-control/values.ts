import defaults from "@/api/defaults.json";
import type { FlowControl, Source } from "@/api/types";
import type { Errors } from "@/components/form/errors/field-paths";
import { type Limit, LIMIT_LIST, LIMITS, waits } from "@/lib/words/flow-control";

import { FIELDS, type LimitField, pathOf } from "./fields";

/** A limit in the form: its fields as text, kept while it is switched off. */
export interface LimitValues {
  on: boolean;
  values: Readonly<Record<string, string>>;
}

export type FlowForm = Readonly<Record<Limit, LimitValues>>;

const limitsFrom = (make: (limit: Limit) => LimitValues) =>
  Object.fromEntries(LIMIT_LIST.map((limit) => [limit, make(limit)])) as FlowForm;

/** The form's values for a flow control; null: every limit is off. */
export function flowFormOf(control: FlowControl | null | undefined): FlowForm {
  return limitsFrom((limit) => {
    const found = control?.[limit] ?? null;
    const on = found !== null && !(limit === "maxQueue" && found === defaults.FlowControl.maxQueue);
    return { on, values: on ? readValues(limit, found) : initialValues(limit) };
  });
}

const initialValues = (limit: Limit) => Object.fromEntries(FIELDS[limit].map((one) => [one.name, one.initial]));

function readValues(limit: Limit, found: object | string | number): Record<string, string> {
  const parts = typeof found === "object" ? (found as Record<string, unknown>) : { "": found };
  return Object.fromEntries(FIELDS[limit].map(({ name }) => [name, textOf(parts[name])]));
}

const textOf = (value: unknown) => (value === null || value === undefined ? "" : String(value));

/** The flow control to send; null: no limit is on. */
export function flowControlOf(form: FlowForm): FlowControl | null {
  if (LIMIT_LIST.every((limit) => !form[limit].on)) return null;
  const parts = LIMIT_LIST.map((limit) => [limit, form[limit].on ? valueOf(limit, form[limit].values) : OFF[limit]]);
  return Object.fromEntries(parts) as FlowControl;
}

const OFF: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(LIMIT_LIST.map((limit) => [limit, null])),
  maxQueue: defaults.FlowControl.maxQueue,
};

function valueOf(limit: Limit, values: LimitValues["values"]): unknown {
  const read = FIELDS[limit].map((field) => [field.name, fieldValue(field, values[field.name] ?? "")] as const);
  return read[0]?.[0] === "" ? read[0][1] : Object.fromEntries(read);
}

/** Not a number where a field that is needed is empty: the API refuses it. */
function fieldValue({ type, empty }: LimitField, text: string): string | number | null {
  const written = text.trim();
  if (written === "" && empty !== undefined) return empty;
  if (type !== "number") return written;
  return written === "" ? Number.NaN : Number(written);
}

/** The part of the flow control that a patch changes: null removes all of it. */
export function changedControl(
  control: FlowControl | null | undefined,
  before: FlowControl | null | undefined,
): FlowControl | null {
  if (!control || !before) return control ?? null;
  const changed = Object.entries(control).filter(
    ([limit, value]) => JSON.stringify(value) !== JSON.stringify(before[limit as Limit]),
  );
  return Object.fromEntries(changed) as FlowControl;
}

const SCHEDULED = "A schedule has no deliveries.";

/** Why a limit can't be used with the others or with this source. */
export function conflictOf(limit: Limit, form: FlowForm, source: Source): string | undefined {
  const without = EXCLUDES[limit]?.find((other) => form[other].on);
  if (without) return `Not together with ${LIMITS[without].label.toLowerCase()}.`;
  return source === "schedule" && NEEDS_DELIVERIES.has(limit) ? SCHEDULED : undefined;
}

/** Why switching a limit on would do nothing. */
export function uselessBecause(limit: Limit, form: FlowForm): string | undefined {
  const control = flowControlOf(form);
  return ABOUT_WAITING.has(limit) && !(control && waits(control)) ? "No limit makes runs wait." : undefined;
}

const NEEDS_DELIVERIES: ReadonlySet<Limit> = new Set(["debounce", "batch", "idempotency"]);
const ABOUT_WAITING: ReadonlySet<Limit> = new Set(["priority", "maxQueue", "maxWaitSeconds"]);
const EXCLUDES: Partial<Record<Limit, readonly Limit[]>> = {
  concurrency: ["singleton"],
  singleton: ["concurrency", "debounce", "batch"],
  debounce: ["batch", "singleton"],
  batch: ["debounce", "singleton"],
};

/** The fields that are needed and empty. */
export function emptyFields(form: FlowForm): Errors {
  const found = LIMIT_LIST.filter((limit) => form[limit].on).flatMap((limit) =>
    FIELDS[limit]
      .filter((field) => field.empty === undefined && !form[limit].values[field.name]?.trim())
      .map((field) => [
        pathOf(limit, field),
        field.type === "number" ? "Enter a number." : "Enter an expression, such as " + (field.placeholder ?? "") + ".",
      ]),
  );
  return Object.fromEntries(found) as Errors;
}

/** Whether one of the limits that are on has an expression. */
export function hasExpressions(form: FlowForm): boolean {
  return LIMIT_LIST.some(
    (limit) =>
      form[limit].on && FIELDS[limit].some((one) => one.type === "expression" && form[limit].values[one.name]?.trim()),
  );
}
