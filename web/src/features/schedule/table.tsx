import { type RowSelectionState, useTable } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import type { Sort } from "@/api/live";
import type { Automation } from "@/api/types";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";
import { useNarrow } from "@/lib/narrow";
import { useShortcuts } from "@/lib/shortcuts";

import { columns, features, GRID } from "./columns";
import { NATURAL, nextSort, useScheduleSearch } from "./filters";
import { AutomationRow } from "./row";

interface TableProps {
  automations: Automation[];
  total: number;
  /** Whether these are still the rows of the filters before, while those of the new ones are on their way. */
  stale: boolean;
  selection: RowSelectionState;
  onSelect: (selection: RowSelectionState) => void;
  onOpen: (slug: string) => void;
  onEnd: () => void;
}

const ROW_PX = 44;
const CARD_PX = 76;
const OVERSCAN = 12;
/** So many rows before the end the next page is asked for. */
const AHEAD = 60;
const HEADER_PX = 48;
const BAR_PX = 72;

/** A table of any length: only the rows in view are in the document. */
export function AutomationTable({ automations, total, stale, selection, onSelect, onOpen, onEnd }: TableProps) {
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const narrow = useNarrow();
  const [active, setActive] = useState(-1);

  const table = useTable({
    features,
    columns,
    data: automations,
    getRowId: (one) => one.id,
    state: { rowSelection: selection },
    onRowSelectionChange: (next) => onSelect(typeof next === "function" ? next(selection) : next),
  });
  const rows = table.getRowModel().rows;

  useLayoutEffect(() => {
    const measure = () => setTop((place.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const virtualizer = useWindowVirtualizer({
    // The bar at the side tells how much there is, loaded or not.
    count: total,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX) * textScale(),
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: HEADER_PX + 36,
    scrollPaddingEnd: 16 + (Object.keys(selection).length > 0 ? BAR_PX : 0),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, narrow]);

  const items = virtualizer.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown + AHEAD >= rows.length && rows.length < total) onEnd();
  }, [lastShown, rows.length, total, onEnd]);

  function move(step: number) {
    const next = Math.max(0, Math.min(rows.length - 1, active + step));
    setActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
    requestAnimationFrame(() => document.getElementById(`row-${rows[next]?.id}`)?.focus({ preventScroll: true }));
  }
  useShortcuts({ j: () => move(1), k: () => move(-1), x: () => rows[active]?.toggleSelected() });

  return (
    <div role="table" aria-label="Automations" aria-rowcount={total + 1} aria-busy={stale} className="rounded-lg border border-line bg-panel">
      <div
        role="rowgroup"
        className="sticky top-12 z-20 rounded-t-lg border-b border-line bg-panel text-xs text-ink-2"
      >
        <div role="row" aria-rowindex={1} className={cn(GRID, "h-8 max-sm:hidden")}>
          <span role="columnheader" className="flex">
            <Checkbox
              label="Select every row that is loaded"
              checked={table.getIsAllRowsSelected() || (table.getIsSomeRowsSelected() ? "indeterminate" : false)}
              onChange={(all) => table.toggleAllRowsSelected(all)}
            />
          </span>
          {table.getFlatHeaders().map((header) => (
            <HeaderCell key={header.id} look={header.column.columnDef.meta}>
              <table.FlexRender header={header} />
            </HeaderCell>
          ))}
        </div>
      </div>
      <div
        ref={place}
        role="rowgroup"
        // Only where an answer is slow: a quick one must not flicker.
        className={cn("relative", stale && "opacity-45 transition-opacity delay-200 duration-200")}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return <Awaited key={item.index} top={item.start - virtualizer.options.scrollMargin} height={item.size} />;
          return (
            <AutomationRow
              key={row.id}
              row={row}
              index={item.index}
              top={item.start - virtualizer.options.scrollMargin}
              height={item.size}
              narrow={narrow}
              selected={row.getIsSelected()}
              active={item.index === active}
              onActivate={setActive}
              onOpen={onOpen}
            />
          );
        })}
      </div>
    </div>
  );
}

/** How much larger than usual the reader has made all text. */
const textScale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

/** The place of a row that is on its way. */
function Awaited({ top, height }: { top: number; height: number }) {
  return (
    <div aria-hidden style={{ transform: `translateY(${top}px)`, height }} className="absolute inset-x-0 top-0 flex items-center border-b border-line px-3">
      <span className="breathe h-3 w-1/3 rounded bg-sunken" />
    </div>
  );
}

interface HeaderCellProps {
  look: { sort?: Sort; className?: string; right?: boolean } | undefined;
  children: React.ReactNode;
}

function HeaderCell({ look, children }: HeaderCellProps) {
  const [search, change] = useScheduleSearch();
  const sort = look?.sort;
  const current = sort !== undefined && (search.sort ?? "severity") === sort;
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
          className={cn("inline-flex items-center gap-0.5 whitespace-nowrap hover:text-ink", current && "font-medium text-ink")}
        >
          {current && look.right && <Arrow className="size-3" />}
          {children}
          {current && !look.right && <Arrow className="size-3" />}
        </button>
      ) : (
        children
      )}
    </span>
  );
}
