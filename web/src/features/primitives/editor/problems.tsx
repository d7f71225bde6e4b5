import { CircleAlert } from "lucide-react";

import { Button } from "@/components/ui/button";

import { focusField } from "./focus";

interface ProblemsProps {
  errors: Readonly<Record<string, string>>;
  /** What is not about a field. */
  message: string | null;
}

/** Everything that keeps the primitive from being saved; each leads to its field. */
export function Problems({ errors, message }: ProblemsProps) {
  const fields = Object.entries(errors);
  if (fields.length === 0 && !message) return null;
  return (
    <section role="alert" aria-label="What is wrong" className="max-h-44 overflow-y-auto rounded-lg border border-failing/40 bg-panel px-3.5 py-2.5">
      <ul className="flex flex-col gap-1">
        {fields.map(([field, detail]) => (
          <li key={field} className="flex items-start gap-2">
            <CircleAlert className="mt-0.5 size-3.5 shrink-0 text-failing" />
            <span className="min-w-0">
              <Button look="quiet" size="sm" className="-mx-1 h-5 max-w-full truncate px-1 font-mono text-xs text-failing" onClick={() => focusField(field)}>
                {field.replace(/^spec\./, "")}
              </Button>{" "}
              <span className="text-ink-2">{detail}</span>
            </span>
          </li>
        ))}
      </ul>
      {message && <p className={fields.length > 0 ? "mt-1 text-ink-2" : "text-failing"}>{message}</p>}
    </section>
  );
}
