import { CircleAlert } from "lucide-react";

import type { ApiError } from "@/api/client";

import { type Errors, focusField, labelOf } from "./fields";
import { attention } from "./summary-bar";

/** What keeps it from being saved: every field that was refused, each with the way to it. */
export function Problems({ errors, refusal, form }: { errors: Errors; refusal: ApiError | null; form: HTMLElement | null }) {
  const found = Object.entries(errors);
  if (found.length === 0 && !refusal) return null;
  return (
    <div role="alert" className="rounded-lg border border-failing/40 bg-panel px-3.5 py-2.5">
      <p className="flex items-center gap-1.5 font-medium text-failing">
        <CircleAlert aria-hidden className="size-4 shrink-0" />
        {found.length > 0 ? attention(found.length) : refusal?.message}
      </p>
      {found.length > 0 ? (
        <ul className="mt-1">
          {found.map(([path, error]) => (
            <li key={path}>
              <button
                type="button"
                className="min-h-6 w-full text-left text-ink-2 [overflow-wrap:anywhere] hover:text-ink hover:underline"
                onClick={() => form && focusField(form, path)}
              >
                <span className="font-medium text-ink">{labelOf(path)}:</span> {error}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {refusal?.hint && <p className="mt-0.5 text-ink-2">{refusal.hint}</p>}
    </div>
  );
}
