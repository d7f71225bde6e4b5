import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">{children}</dl>;
}

/** One label and value; left out if not set. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "" || children === false) return null;
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

export function Code({ children }: { children: ReactNode }) {
  return <code className="font-mono text-xs break-all">{children}</code>;
}

export function AgentLink({ slug, className }: { slug: string; className?: string }) {
  return (
    <Link
      to="/primitives/$kind/$slug"
      params={{ kind: "agent", slug }}
      className={cn("inline-block leading-6 text-accent hover:underline", className)}
    >
      {slug}
    </Link>
  );
}
