import type { WhatIfRequest } from "@/api/load";
import { isWithin } from "@/components/form/errors/field-paths";

import { draftOf, type Form, patchOf } from "../draft";
import { validationErrors } from "../validation";

/** The fields of an automation that change load, waits or cost. */
const ASKED = ["primitive", "schedule", "payload", "flowControl", "budgetUsdMonth"] as const;

/** What is assumed of a trigger instead of what is measured; empty: as measured. */
export interface Assumed {
  arrivalsPerHour: string;
}

export const AS_MEASURED: Assumed = { arrivalsPerHour: "" };

/** The what-if of the form; null while one of the fields that it needs is not complete. */
export function whatIfOf(
  form: Form,
  base: Form,
  automation: string | null,
  assumed: Assumed,
  tz: string,
): WhatIfRequest | null {
  const errors = Object.keys(validationErrors(form));
  if (errors.some((field) => ASKED.some((asked) => isWithin(field, asked)))) return null;
  const rate = assumed.arrivalsPerHour.trim();
  if (rate !== "" && !(Number(rate) >= 0)) return null;
  const assume = rate !== "" && form.source !== "schedule" ? { assume: { arrivalsPerHour: Number(rate) } } : {};
  if (automation !== null) {
    const patch = patchOf(form, base);
    const changed = ASKED.filter((field) => field in patch).map((field) => [field, patch[field]]);
    return { changes: [{ automation, ...Object.fromEntries(changed), ...assume }], hours: 24, tz } as WhatIfRequest;
  }
  const draft = draftOf(form);
  const fields = ASKED.filter((field) => draft[field] !== undefined).map((field) => [field, draft[field]]);
  const name = form.name.trim() || "New automation";
  return {
    additions: [{ name, source: form.source, ...Object.fromEntries(fields), ...assume }],
    hours: 24,
    tz,
  } as WhatIfRequest;
}
