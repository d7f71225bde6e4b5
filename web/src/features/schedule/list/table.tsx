import { useTable } from "@tanstack/react-table";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { LivePart, Slice } from "@/api/live";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";
import { useNarrow } from "@/lib/narrow";
import { useShortcuts } from "@/lib/keyboard/shortcuts";

import type { Selection } from "../bulk/selection";
import { columns, features, GRID } from "./columns";
import { HeaderCell } from "./header-cell";
import { AutomationRow } from "./row";
import { COVERED_PX, useVisibleRows } from "./use-visible-rows";

interface TableProps {
  list: LivePart;
  /** Whether the rows are those of the previous filters, while the new ones are loading. */
  stale: boolean;
  loading: boolean;
  /** The requested slice, and how to request another. */
  slice: Slice;
  onSee: (slice: Slice) => void;
  selected: Selection;
  onOpen: (slug: string) => void;
}

/** A table of any length: only the rows in view are in the document, and only those around them are fetched. */
export function AutomationTable({ list, stale, loading, slice, onSee, selected, onOpen }: TableProps) {
  const { start, automations } = list;
  const { total } = list.summary;
  const body = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  const [active, setActive] = useState(-1);
  const selection = useMemo(
    () => (selected.everything ? Object.fromEntries(automations.map((one) => [one.id, true as const])) : selected.rows),
    [selected.everything, selected.rows, automations],
  );

  // The focused row stays, although the part of the list around it is no longer loaded.
  const here = automations[active - start];
  const [held, setHeld] = useState({ index: -1, one: here });
  if (here && (here !== held.one || active !== held.index)) setHeld({ index: active, one: here });
  const isKept = active >= 0 && !here && active === held.index && !automations.some(({ id }) => id === held.one?.id);
  const kept = isKept ? held.one : undefined;
  const data = useMemo(() => (kept ? [...automations, kept] : automations), [automations, kept]);

  const table = useTable({
    features,
    columns,
    data,
    getRowId: (one) => one.id,
    state: { rowSelection: selection },
    onRowSelectionChange: (next) => selected.select(typeof next === "function" ? next(selection) : next),
  });
  const rows = table.getRowModel().rows;
  const { virtualizer, items } = useVisibleRows({
    body,
    total,
    active,
    narrow,
    hasBar: selected.number > 0,
    isCurrent: !stale,
    loading,
    slice,
    onSee,
  });

  // A list with other filters is shown from its beginning.
  const name = useRef(list.name);
  useLayoutEffect(() => {
    if (name.current === list.name) return;
    name.current = list.name;
    setActive(-1);
    const beginning = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY - COVERED_PX;
    if (window.scrollY > beginning) window.scrollTo({ top: beginning });
  }, [list.name]);

  const at = (index: number) => {
    if (index === active && kept) return rows[automations.length];
    return index < start + automations.length ? rows[index - start] : undefined;
  };
  function move(step: number) {
    const next = Math.max(0, Math.min(total - 1, active + step));
    setActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
    moving.current = true;
  }
  // The row may have to be fetched before it can take the focus.
  const moving = useRef(false);
  useEffect(() => {
    const target = moving.current && document.getElementById(`row-${at(active)?.id}`);
    if (!target) return;
    moving.current = false;
    target.focus({ preventScroll: true });
  });
  useShortcuts({ j: () => move(1), k: () => move(-1), x: () => at(active)?.toggleSelected() });

  return (
    <div
      role="table"
      aria-label="Automations"
      aria-rowcount={total + 1}
      aria-busy={stale}
      className="rounded-lg border border-line bg-panel"
    >
      <div role="rowgroup" className="sticky top-12 z-20 rounded-t-lg border-b border-line bg-panel text-xs text-ink-2">
        <div role="row" aria-rowindex={1} className={cn(GRID, "h-8 max-sm:hidden")}>
          <span role="columnheader" className="flex">
            <Checkbox
              label="Select all loaded rows"
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
        ref={body}
        role="rowgroup"
        // Delayed, so that a quick answer does not flicker.
        className={cn("relative", stale && "opacity-45 transition-opacity delay-200 duration-200")}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = at(item.index);
          const top = item.start - virtualizer.options.scrollMargin;
          if (!row) return <LoadingRow key={item.index} top={top} height={item.size} />;
          return (
            <AutomationRow
              key={row.id}
              row={row}
              index={item.index}
              top={top}
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

function LoadingRow({ top, height }: { top: number; height: number }) {
  return (
    <div
      aria-hidden
      style={{ transform: `translateY(${top}px)`, height }}
      className="absolute inset-x-0 top-0 flex items-center border-b border-line px-3"
    >
      <span className="h-3 w-1/3 breathe rounded bg-sunken" />
    </div>
  );
}
