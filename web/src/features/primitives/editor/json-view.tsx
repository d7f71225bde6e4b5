import { useState } from "react";

import { REDACTED } from "@/api/redacted";
import { parseJson } from "@/components/json";
import { Field, MONO, TextArea } from "@/components/ui/field";
import { writeJson } from "@/lib/text/exact-json";

import { record, type Spec } from "../spec/read";

interface JsonViewProps {
  spec: Spec;
  onChange: (spec: Spec) => void;
  onUnread: (problem: string | null) => void;
}

/** The spec as JSON text. */
export function JsonView({ spec, onChange, onUnread }: JsonViewProps) {
  const [typed, setTyped] = useState(() => writeJson(spec, 2));
  const [problem, setProblem] = useState<string | null>(null);

  function change(next: string) {
    setTyped(next);
    const { value, error } = parseJson(next);
    const found =
      error ?? (value === undefined || record(value) !== value ? "A specification must be a JSON object: { … }" : null);
    setProblem(found);
    onUnread(found);
    if (!found) onChange(value as Spec);
  }

  return (
    <div data-field="spec" className="min-w-0">
      <Field
        label="Specification (JSON)"
        error={problem ?? undefined}
        hint={`Leave ${REDACTED} to keep stored secrets.`}
      >
        {(ids) => (
          <TextArea
            {...ids}
            rows={Math.min(34, Math.max(14, typed.split("\n").length + 1))}
            value={typed}
            spellCheck={false}
            onChange={(event) => change(event.target.value)}
            className={MONO}
          />
        )}
      </Field>
    </div>
  );
}
