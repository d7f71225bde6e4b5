import { type ReactNode, useEffect, useState } from "react";

import { REDACTED } from "@/api/redacted";
import { parseJson } from "@/components/json";
import { Field, Input, MONO, Select, TextArea } from "@/components/ui/field";
import { writeJson } from "@/lib/text/exact-json";

import type { Path } from "../../spec/path";
import { text, written } from "../../spec/read";
import { useEditing, useField } from "../editing";

interface SpecFieldProps {
  path: Path;
  label: string;
  hint?: ReactNode;
  className?: string;
}

interface TextProps extends SpecFieldProps {
  placeholder?: string;
  mono?: boolean;
  /** What an empty text sends: an empty string, null, or nothing. */
  empty?: "" | null | undefined;
}

export function TextField({ path, label, hint, className, placeholder, mono, ...rest }: TextProps) {
  const { value, set, error, place } = useField(path);
  const empty = "empty" in rest ? rest.empty : "";
  return (
    <Field label={label} path={place} className={className} hint={hint} error={error}>
      {(ids) => (
        <Input
          {...ids}
          value={written(value)}
          placeholder={placeholder}
          onChange={(event) => set(event.target.value === "" ? empty : event.target.value)}
          className={mono ? MONO : ""}
        />
      )}
    </Field>
  );
}

export function LongTextField({ path, label, hint, className, placeholder, rows = 4 }: TextProps & { rows?: number }) {
  const { value, set, error, place } = useField(path);
  const lines = text(value).split("\n").length + 1;
  return (
    <Field label={label} path={place} className={className} hint={hint} error={error}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={Math.min(18, Math.max(rows, lines))}
          value={text(value)}
          placeholder={placeholder}
          onChange={(event) => set(event.target.value)}
        />
      )}
    </Field>
  );
}

interface NumberProps extends SpecFieldProps {
  /** The default. */
  fallback?: number;
  /** What an empty field sends: null if that means "none", else nothing, for the default. */
  empty?: null | undefined;
  placeholder?: string;
}

export function NumberField({ path, label, hint, className, fallback, empty, placeholder }: NumberProps) {
  const { value, set, error, place } = useField(path);
  return (
    <Field label={label} path={place} className={className} hint={hint} error={error}>
      {(ids) => (
        <Input
          {...ids}
          type="number"
          step="any"
          value={typeof value === "number" ? value : ""}
          placeholder={placeholder ?? written(fallback)}
          onChange={(event) => set(event.target.value === "" ? empty : event.target.valueAsNumber)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps extends SpecFieldProps {
  options: readonly { value: string; label: string }[];
  fallback?: string;
  /** The label of the empty option, if there is one; it is null in the spec. */
  none?: string;
}

export function SelectField({ path, label, hint, className, options, fallback = "", none }: ChoiceProps) {
  const { value, set, error, place } = useField(path);
  const chosen = text(value) || fallback;
  const isOffered = options.some((option) => option.value === chosen) || (none && !chosen);
  return (
    <Field label={label} path={place} className={className} hint={hint} error={error}>
      {(ids) => (
        <Select {...ids} value={chosen} onChange={(event) => set(event.target.value || (none ? null : ""))}>
          {!isOffered && <option value={chosen}>{chosen || "Choose…"}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
          {none && <option value="">{none}</option>}
        </Select>
      )}
    </Field>
  );
}

export function SecretField({ path, label, hint, className }: SpecFieldProps) {
  const { value, set, error, place } = useField(path);
  return (
    <Field
      label={label}
      path={place}
      className={className}
      hint={value === REDACTED ? `Stored. Leave ${REDACTED} to keep it.` : hint}
      error={error}
    >
      {(ids) => (
        <Input
          {...ids}
          value={text(value)}
          onFocus={(event) => text(value) === REDACTED && event.target.select()}
          onChange={(event) => set(event.target.value || null)}
          className={MONO}
        />
      )}
    </Field>
  );
}

/** Any JSON value; invalid text stays in the field and prevents saving. */
export function JsonField({ path, label, hint, className, rows = 3 }: SpecFieldProps & { rows?: number }) {
  const { report } = useEditing();
  const { value, set, error, place } = useField(path, "with parts");
  const [typed, setTyped] = useState(() => (value === null || value === undefined ? "" : writeJson(value, 2)));
  const problem = parseJson(typed).error ?? null;
  useEffect(() => {
    report(place, problem);
    return () => report(place, null);
  }, [report, place, problem]);

  function change(next: string) {
    setTyped(next);
    const read = parseJson(next);
    if (!read.error) set(read.value ?? null);
  }

  return (
    <Field label={label} path={place} className={className} hint={hint} error={problem ?? error}>
      {(ids) => (
        <TextArea
          {...ids}
          rows={Math.min(16, Math.max(rows, typed.split("\n").length))}
          value={typed}
          spellCheck={false}
          onChange={(event) => change(event.target.value)}
          className={MONO}
        />
      )}
    </Field>
  );
}
