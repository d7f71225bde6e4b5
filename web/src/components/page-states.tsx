import { CircleAlert, CloudOff, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";

import { isRetryable } from "@/api/requests/retry";
import { ApiError } from "@/api/client";

import { Button } from "./ui/button";

interface NoticeProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** "h1" if it is the page's only content. */
  heading?: "h1" | "h2";
}

/** An empty or error state: what is missing, why, and what to do. */
export function Notice({ icon: Icon, title, children, action, heading: Heading = "h2" }: NoticeProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-16 text-center">
      <Icon className="size-6 text-ink-3" strokeWidth={1.5} />
      <Heading className="text-base font-medium">{title}</Heading>
      {children && <p className="max-w-md text-ink-2">{children}</p>}
      {action && <div className="mt-2 flex gap-2">{action}</div>}
    </div>
  );
}

interface FailureProps {
  error: unknown;
  onRetry: () => void;
  /** An alternative to "Try again". */
  out?: ReactNode;
  heading?: NoticeProps["heading"];
}

/** An error with what to do about it; "Try again" only if a retry can help. */
export function Failure({ error, onRetry, out, heading }: FailureProps) {
  const known = error instanceof ApiError ? error : null;
  const fails = (known?.status ?? 0) >= 500;
  const away = fails || known?.status === 0;
  return (
    <Notice
      {...(heading && { heading })}
      icon={away ? CloudOff : CircleAlert}
      title={known?.message ?? "Something went wrong on this page."}
      action={
        <>
          {isRetryable(error) && (
            <Button onClick={onRetry}>
              <RotateCw className="size-3.5" /> Try again
            </Button>
          )}
          {out}
        </>
      }
    >
      {known ? (known.hint ?? (fails && FAILS)) : error instanceof Error && error.message}
    </Notice>
  );
}

const FAILS = "The reason is in the API log. This page retries automatically.";

/** Whether the error means that the thing in the address does not exist or cannot exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 422);
}

export function Skeleton({ rows = 8 }: { rows?: number }) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status" className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="h-4 breathe rounded bg-sunken" style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
