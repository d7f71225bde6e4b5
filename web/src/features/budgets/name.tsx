import { Link } from "@tanstack/react-router";

import type { Budget, Kind } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";
import { cn } from "@/lib/cn";
import { KINDS } from "@/lib/words/kinds";

/** The name of what a budget is for; it opens that. */
export function BudgetName({ budget: { scope, target, name } }: { budget: Budget }) {
  const open = useOpenAutomation();
  if (scope === "automation" && target) {
    return (
      <button
        type="button"
        className="min-h-6 truncate text-left font-medium hover:underline"
        onClick={() => open(target)}
      >
        {name}
      </button>
    );
  }
  const [kind, slug] = (target ?? "").split("/");
  const look = kind ? KINDS[kind as Kind] : undefined;
  const Icon = look?.icon;
  return (
    <span className="flex min-w-0 items-center gap-1.5 font-medium">
      {look && Icon && (
        <Icon aria-label={look.label} className={cn("size-3.5 shrink-0", look.tint)} strokeWidth={1.8} />
      )}
      {slug && kind ? (
        <Link to="/primitives/$kind/$slug" params={{ kind: kind as Kind, slug }} className="truncate hover:underline">
          {name}
        </Link>
      ) : (
        <span className="truncate">{name}</span>
      )}
    </span>
  );
}
