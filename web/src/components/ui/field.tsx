import { type ComponentProps, type ReactNode, useId } from "react";

import { cn } from "@/lib/cn";

export const inputClass =
  "w-full rounded-md border border-line-control bg-panel px-2.5 text-sm text-ink placeholder:text-ink-3 aria-invalid:border-failing disabled:opacity-60";

/** Styles of monospace inputs. */
export const MONO = "font-mono text-xs";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** The dotted field name in the API, to find the field of an error. */
  path?: string | undefined;
  className?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}

/** A label, its control, and below it the error or the hint. */
export function Field({ label, hint, error, path, className, children }: FieldProps) {
  const id = useId();
  return (
    <div data-field={path} className={cn("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="text-xs font-medium text-ink-2">
        {label}
      </label>
      {children({ id, "aria-describedby": `${id}-note`, "aria-invalid": Boolean(error) })}
      <div id={`${id}-note`} className={cn("text-xs empty:hidden", error ? "text-failing" : "text-ink-3")}>
        {error ?? hint}
      </div>
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cn(inputClass, "h-8", className)} autoComplete="off" spellCheck={false} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cn(inputClass, "py-1.5", className)} {...rest} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={cn(inputClass, "h-8 pr-7 pl-1.5", className)} {...rest} />;
}
