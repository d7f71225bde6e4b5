import { useCallback, useState } from "react";

import { ApiError } from "@/api/client";

import { focusFirst } from "./focus-field";
import { type Errors, isWithin } from "./field-paths";

interface Refusal {
  errors: Errors;
  /** What is said beyond the fields. */
  message: string | null;
}

const NOTHING: Refusal = { errors: {}, message: null };

/** What was refused, by field; each is forgotten where its field changes, and the first gets the focus. */
export function useFieldErrors() {
  const [refusal, setRefusal] = useState(NOTHING);

  const refuse = useCallback((error: Error, slugIsOwn: boolean) => {
    const found = refusalOf(error, slugIsOwn);
    setRefusal(found);
    // Once the fields show what is wrong with them.
    setTimeout(() => focusFirst(Object.keys(found.errors)));
  }, []);
  /** What the form itself finds, while the server cannot be asked. */
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

/** A change of a part is a change of the whole as well; what was said beyond the fields goes with the last of them. */
export function without(refusal: Refusal, changed: readonly string[]): Refusal {
  const left = Object.entries(refusal.errors).filter(
    ([field]) => !changed.some((place) => isWithin(field, place) || isWithin(place, field)),
  );
  return left.length > 0 ? { ...refusal, errors: Object.fromEntries(left) } : NOTHING;
}

/** What was refused, at the fields that somebody filled in: a slug that comes from the name is the name's fault. */
export function fieldErrorsOf(fields: Errors, slugIsOwn: boolean): Errors {
  const { slug, ...rest } = fields;
  if (slug === undefined || slugIsOwn) return fields;
  return rest.name === undefined ? { ...rest, name: slug } : rest;
}
