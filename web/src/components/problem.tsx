import { ApiError } from "@/api/client";
import { cn } from "@/lib/cn";

/** Why the request of a dialog failed, and what to do about it. */
export function Problem({ error, className }: { error: Error | null; className?: string }) {
  if (!error) return null;
  return (
    <p role="alert" className={cn("text-failing", className)}>
      {error.message} {error instanceof ApiError && error.hint}
    </p>
  );
}
