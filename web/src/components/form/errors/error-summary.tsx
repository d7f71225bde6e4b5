import { CircleAlert } from "lucide-react";

import { plural } from "@/lib/text/format";

import { focusField } from "./focus-field";
import type { Errors } from "./field-paths";

interface ErrorSummaryProps {
  errors: Errors;
  /** A message that belongs to no field. */
  message: string | null;
  nameOf: (field: string) => string;
}

/** Lists the invalid fields, each with a link to it. */
export function ErrorSummary({ errors, message, nameOf }: ErrorSummaryProps) {
  const found = Object.entries(errors);
  if (found.length === 0 && !message) return null;
  return (
    <div
      role="alert"
      aria-label="Errors"
      className="max-h-[min(11rem,30dvh)] overflow-y-auto rounded-lg border border-failing/40 bg-panel px-3.5 py-2.5"
    >
      <p className="flex items-start gap-1.5 font-medium text-failing">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        {found.length > 0 ? attention(found.length) : message}
      </p>
      {found.length > 0 && (
        <>
          <ul className="mt-1">
            {found.map(([field, error]) => (
              <li key={field}>
                <button
                  type="button"
                  className="min-h-6 w-full text-left [overflow-wrap:anywhere] text-ink-2 hover:text-ink hover:underline"
                  onClick={() => focusField(field)}
                >
                  <span className="font-medium text-ink">{nameOf(field)}:</span> {error}
                </button>
              </li>
            ))}
          </ul>
          {message && <p className="mt-0.5 text-ink-2">{message}</p>}
        </>
      )}
    </div>
  );
}

const attention = (fields: number) => `${plural(fields, "field")} ${fields === 1 ? "needs" : "need"} attention`;
