import { createContext, useContext } from "react";

import type { Primitive } from "@/api/types";
import { errorAt, type Errors } from "@/components/form/errors/field-paths";

import { at, dotted, type Path } from "../spec/path";
import type { Spec } from "../spec/read";

/** The spec that all fields of an editor and the JSON view share. */
export interface Editing {
  spec: Spec;
  set: (path: Path, value: unknown) => void;
  /** Errors by dotted field name: the server's, and those of text that cannot be parsed. */
  errors: Errors;
  /** Reports text that is not a valid value yet; null clears it. */
  report: (place: string, problem: string | null) => void;
  agents: readonly Primitive[];
  areAgentsKnown: boolean;
}

const Context = createContext<Editing | null>(null);
export const EditingProvider = Context.Provider;

export function useEditing(): Editing {
  const editing = useContext(Context);
  if (!editing) throw new Error("There is no spec around this field.");
  return editing;
}

export interface FieldState {
  value: unknown;
  set: (value: unknown) => void;
  error: string | undefined;
  /** The dotted field name in the API's errors. */
  place: string;
}

/** The value at a path, with its error; an error of a part counts if the part has no field. */
export function useField(path: Path, parts: "whole" | "with parts" = "whole"): FieldState {
  const { spec, set, errors } = useEditing();
  const place = dotted(path);
  const error = errors[place] ?? (parts === "with parts" ? errorAt(errors, place) : undefined);
  return { value: at(spec, path), set: (value) => set(path, value), error, place };
}
