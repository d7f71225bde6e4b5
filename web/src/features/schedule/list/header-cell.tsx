import { ArrowDown, ArrowUp } from "lucide-react";

import { cn } from "@/lib/cn";

import { currentSort, NATURAL, nextSort, useScheduleSearch } from "../filters";
import type { ColumnLook } from "./columns";

interface HeaderCellProps {
  look: ColumnLook | undefined;
  children: React.ReactNode;
}

/** A column header; if sortable, a click sorts and a second click reverses. */
export function HeaderCell({ look, children }: HeaderCellProps) {
  const [search, change] = useScheduleSearch();
  const sort = look?.sort;
  const current = sort !== undefined && currentSort(search) === sort;
  const order = sort && (search.order ?? NATURAL[sort]);
  const Arrow = order === "asc" ? ArrowUp : ArrowDown;
  return (
    <span
      role="columnheader"
      aria-sort={current ? (order === "asc" ? "ascending" : "descending") : undefined}
      className={cn("min-w-0", look?.className, look?.right && "justify-end text-right")}
    >
      {sort ? (
        <button
          type="button"
          onClick={() => change(nextSort(search, sort))}
          className={cn(
            "inline-flex items-center gap-0.5 whitespace-nowrap hover:text-ink",
            current && "font-medium text-ink",
          )}
        >
          {current && look.right && <Arrow className="size-3" />}
          {children}
          {current && !look.right && <Arrow className="size-3" />}
        </button>
      ) : (
        children
      )}
      {look?.note && (
        <span className="block text-2xs leading-3 whitespace-nowrap text-ink-3">{look.note(search.window)}</span>
      )}
    </span>
  );
}
