import { useCallback, useState } from "react";

import { ApiError } from "@/api/client";

import { focusFirst } from "./focus-field";
import { type Errors, isWithin } from "./field-paths";

interface Refusal {
  errors: Errors;
  /** A message that belongs to no field. */
  message: string | null;
}

const NOTHING: Refusal = { errors: {}, message: null };

/** Errors by field: an error is cleared when its field changes, and the first invalid field gets the focus. */
export function useFieldErrors() {
  const [refusal, setRefusal] = useState(NOTHING);

  const refuse = useCallback((error: Error, slugIsOwn: boolean) => {
    const found = refusalOf(error, slugIsOwn);
    setRefusal(found);
    // After the fields have rendered their errors.
    setTimeout(() => focusFirst(Object.keys(found.errors)));
  }, []);
  /** Errors found by the form itself, when the server cannot be asked. */
  const mark = useCallback((errors: Errors) => {
    setRefusal({ errors, message: null });
    setTimeout(() => focusFirst(Object.keys(errors)));
  }, []);
  const forget = useCallback((...changed: string[]) => setRefusal((now) => without(now, changed)), []);
  const clear = useCallback(() => setRefusal(NOTHING), []);

  return { ...refusal, refuse, mark, forget, clear };
}

export function refusalOf(error: Error, slugIsOwn: boolean): Refusal {
  const { fields = {}, hint = null } = error instanceof ApiError ? error : {};
  const errors = fieldErrorsOf(fields, slugIsOwn);
  const message = Object.keys(errors).length > 0 ? hint : [error.message, hint].filter(Boolean).join(" ");
  return { errors, message };
}

/** A change of a nested field clears the errors of its parents; the general message is cleared with the last error. */
export function without(refusal: Refusal, changed: readonly string[]): Refusal {
  const left = Object.entries(refusal.errors).filter(
    ([field]) => !changed.some((place) => isWithin(field, place) || isWithin(place, field)),
  );
  return left.length > 0 ? { ...refusal, errors: Object.fromEntries(left) } : NOTHING;
}

/** Maps errors to the fields people filled in: an error of a slug derived from the name shows at the name. */
export function fieldErrorsOf(fields: Errors, slugIsOwn: boolean): Errors {
  const { slug, ...rest } = fields;
  if (slug === undefined || slugIsOwn) return fields;
  return rest.name === undefined ? { ...rest, name: slug } : rest;
}
