import { useTable } from "@tanstack/react-table";
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { LivePart, Slice } from "@/api/live";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";
import { useNarrow } from "@/lib/narrow";
import { useShortcuts } from "@/lib/shortcuts";

import type { Chosen } from "./chosen";
import { type ColumnLook, columns, features, GRID } from "./columns";
import { NATURAL, nextSort, useScheduleSearch } from "./filters";
import { AutomationRow } from "./row";
import { isSame, overlaps, sliceAround } from "./slices";

interface TableProps {
  list: LivePart;
  /** Whether these are still the rows of the filters before, while those of the new ones are on their way. */
  stale: boolean;
  /** Whether an answer is on its way. */
  loading: boolean;
  /** The part of the list that is asked for, and how to ask for another. */
  slice: Slice;
  onSee: (slice: Slice) => void;
  chosen: Chosen;
  onOpen: (slug: string) => void;
}

const ROW_PX = 44;
const CARD_PX = 76;
const OVERSCAN = 12;
/** Who drags the bar at the side is answered where they rest, not on the way. */
const RESTS_MS = 70;
const HEADER_PX = 48;
/** So much of the window is covered by what stays at its top, and by what is said of the selection at its foot. */
const COVERED_PX = HEADER_PX + 36;
const BAR_PX = 72;

/** A table of any length: only the rows in view are in the document, and only those around them are fetched. */
export function AutomationTable({ list, stale, loading, slice, onSee, chosen, onOpen }: TableProps) {
  const { start, automations } = list;
  const { total } = list.summary;
  const place = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const narrow = useNarrow();
  const [active, setActive] = useState(-1);
  const selection = useMemo(
    () => (chosen.everything ? Object.fromEntries(automations.map((one) => [one.id, true as const])) : chosen.rows),
    [chosen.everything, chosen.rows, automations],
  );

  // Where the focus is, it stays: its row is kept though the list around it is not looked at any more.
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
    onRowSelectionChange: (next) => chosen.choose(typeof next === "function" ? next(selection) : next),
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
    estimateSize: () => rowPx(narrow),
    rangeExtractor: (range) => withRow(range, active),
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: COVERED_PX,
    scrollPaddingEnd: 16 + (chosen.number > 0 ? BAR_PX : 0),
  });
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- rows are taller on a narrow window
  useEffect(() => virtualizer.measure(), [virtualizer, narrow]);

  const items = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  const first = Math.max(0, startIndex - OVERSCAN);
  const last = Math.min(total - 1, endIndex + OVERSCAN);
  useEffect(() => {
    if (stale) return;
    const most = Math.ceil(window.innerHeight / rowPx(narrow)) + 1 + 2 * OVERSCAN;
    const next = sliceAround(first, last, most);
    if (isSame(next, slice)) return;
    if (!loading && overlaps(next, slice)) return onSee(next);
    const rested = setTimeout(() => onSee(next), RESTS_MS);
    return () => clearTimeout(rested);
  }, [first, last, narrow, stale, loading, slice, onSee]);

  // Another list is read from its beginning.
  const of = useRef(list.of);
  useLayoutEffect(() => {
    if (of.current === list.of) return;
    of.current = list.of;
    setActive(-1);
    const beginning = (place.current?.getBoundingClientRect().top ?? 0) + window.scrollY - COVERED_PX;
    if (window.scrollY > beginning) window.scrollTo({ top: beginning });
  }, [list.of]);

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
  // The row may have to be fetched first.
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
          const row = at(item.index);
          if (!row)
            return <Awaited key={item.index} top={item.start - virtualizer.options.scrollMargin} height={item.size} />;
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

/** How high a row is; some readers make all text larger than usual. */
function rowPx(narrow: boolean): number {
  return (narrow ? CARD_PX : ROW_PX) * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
}

function withRow(range: Range, row: number): number[] {
  const shown = defaultRangeExtractor(range);
  if (row < 0 || row >= range.count || shown.includes(row)) return shown;
  return [...shown, row].toSorted((one, other) => one - other);
}

/** The place of a row that is on its way. */
function Awaited({ top, height }: { top: number; height: number }) {
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

interface HeaderCellProps {
  look: ColumnLook | undefined;
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
