import type { UseQueryResult } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";

import type { Preview } from "@/api/types";
import { Input } from "@/components/ui/field";
import { cn } from "@/lib/cn";

import type { Form, Sample } from "./draft";
import type { Errors } from "./fields";

/** What one part of the form gets: the form, a way to change it, and what the server says of it. */
export interface PartProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  errors: Errors;
  editing: boolean;
  ahead: UseQueryResult<Preview>;
  sample: Sample;
  tryOn: (sample: Sample) => void;
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0 rounded-lg border border-line bg-panel px-4 pt-3 pb-4">
      <legend className="sr-only">{title}</legend>
      <p aria-hidden className="mb-3 font-medium">
        {title}
      </p>
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}

export function Wide({ children }: { children: ReactNode }) {
  return <div className="min-w-0 sm:col-span-2">{children}</div>;
}

interface NumberInputProps {
  id: string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  value: number;
  onChange: (value: number) => void;
}

/** A number that may be away while somebody types. */
export function NumberInput({ value, onChange, ...ids }: NumberInputProps) {
  return (
    <Input
      {...ids}
      type="number"
      inputMode="numeric"
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.target.valueAsNumber)}
    />
  );
}

interface CardsProps<Value extends string> {
  label: string;
  path: string;
  values: readonly Value[];
  value: Value;
  disabled?: (value: Value) => boolean;
  onChange: (value: Value) => void;
  children: (value: Value, chosen: boolean) => ReactNode;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** One of a few, as cards; the arrow keys go from one to the next, as among any radio buttons. */
export function Cards<Value extends string>({ label, path, values, value, disabled, onChange, children }: CardsProps<Value>) {
  const free = values.filter((one) => !disabled?.(one));

  function onKeyDown(event: KeyboardEvent<HTMLButtonElement>) {
    const step = STEPS[event.key];
    const next = step && free[(free.indexOf(value) + step + free.length) % free.length];
    if (!next) return;
    event.preventDefault();
    onChange(next);
    event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-value="${next}"]`)?.focus();
  }

  return (
    <div
      role="radiogroup"
      aria-label={label}
      data-field={path}
      className="grid grid-cols-[repeat(auto-fit,minmax(6.5rem,1fr))] gap-2"
    >
      {values.map((one) => {
        const chosen = one === value;
        return (
          <button
            key={one}
            type="button"
            role="radio"
            data-value={one}
            aria-checked={chosen}
            tabIndex={chosen ? 0 : -1}
            disabled={disabled?.(one) ?? false}
            onClick={() => onChange(one)}
            onKeyDown={onKeyDown}
            className={cn(
              "flex h-9 items-center justify-center gap-1.5 rounded-md border disabled:opacity-40",
              chosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line hover:bg-sunken",
            )}
          >
            {children(one, chosen)}
          </button>
        );
      })}
    </div>
  );
}

/** Something that helps once and is in the way later. */
export function Help({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="group min-w-0 rounded-md border border-line">
      <summary className="flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-2.5 text-ink-2 hover:bg-sunken">
        <ChevronRight aria-hidden className="size-3.5 text-ink-3 group-open:rotate-90" />
        {title}
      </summary>
      <div className="flex flex-col gap-2 border-t border-line px-2.5 py-2 text-ink-2">{children}</div>
    </details>
  );
}
