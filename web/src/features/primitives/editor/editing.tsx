import { createContext, useContext } from "react";

import type { Primitive } from "@/api/types";
import { errorAt, type Errors } from "@/components/form/errors/field-paths";

import { at, dotted, type Path } from "../spec/path";
import type { Spec } from "../spec/read";

/** What every field of an editor works on: one spec, which the JSON view shows as well. */
export interface Editing {
  spec: Spec;
  set: (path: Path, value: unknown) => void;
  /** What is wrong, by the dotted name of the field: the server's word, and JSON that cannot be read. */
  errors: Errors;
  /** Tells of text in a field that is no value yet; null takes it back. */
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
  /** The field's name in a refusal, by which focus finds it. */
  place: string;
}

/** The value at a path; a refusal of a part of it counts where the part has no field of its own. */
export function useField(path: Path, parts: "whole" | "with parts" = "whole"): FieldState {
  const { spec, set, errors } = useEditing();
  const place = dotted(path);
  const error = errors[place] ?? (parts === "with parts" ? errorAt(errors, place) : undefined);
  return { value: at(spec, path), set: (value) => set(path, value), error, place };
}
