import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";

import type { Slice } from "@/api/live";

import { isSame, overlaps, sliceAround } from "./windows";

const ROW_PX = 44;
const CARD_PX = 76;
const OVERSCAN = 12;
/** While the scroll bar is dragged, request rows only where it rests. */
const RESTS_MS = 70;
const HEADER_PX = 48;
/** The height of the sticky headers at the top of the window, and of the selection bar at its bottom. */
export const COVERED_PX = HEADER_PX + 36;
const BAR_PX = 72;

interface VisibleRows {
  body: RefObject<HTMLDivElement | null>;
  total: number;
  /** The focused row, which stays in the document wherever the list is scrolled. */
  active: number;
  narrow: boolean;
  hasBar: boolean;
  /** False while rows of the previous filters are shown. */
  isCurrent: boolean;
  loading: boolean;
  slice: Slice;
  onSee: (slice: Slice) => void;
}

/** The visible rows of a list of any length; requests the slice around them. */
export function useVisibleRows(props: VisibleRows) {
  const { body, total, active, narrow, hasBar, isCurrent, loading, slice, onSee } = props;
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [body]);

  const virtualizer = useWindowVirtualizer({
    // All rows count, loaded or not, so that the scroll bar shows how long the list is.
    count: total,
    estimateSize: () => rowPx(narrow),
    rangeExtractor: (range) => withRow(range, active),
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: COVERED_PX,
    scrollPaddingEnd: 16 + (hasBar ? BAR_PX : 0),
  });
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- rows are taller on a narrow window
  useEffect(() => virtualizer.measure(), [virtualizer, narrow]);

  const items = virtualizer.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  const first = Math.max(0, startIndex - OVERSCAN);
  const last = Math.min(total - 1, endIndex + OVERSCAN);
  useEffect(() => {
    if (!isCurrent) return;
    const most = Math.ceil(window.innerHeight / rowPx(narrow)) + 1 + 2 * OVERSCAN;
    const next = sliceAround(first, last, most);
    if (isSame(next, slice)) return;
    if (!loading && overlaps(next, slice)) return onSee(next);
    const rested = setTimeout(() => onSee(next), RESTS_MS);
    return () => clearTimeout(rested);
  }, [first, last, narrow, isCurrent, loading, slice, onSee]);

  return { virtualizer, items };
}

/** The height of a row, which grows with the text size that the reader chose. */
function rowPx(narrow: boolean): number {
  return (narrow ? CARD_PX : ROW_PX) * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
}

function withRow(range: Range, row: number): number[] {
  const shown = defaultRangeExtractor(range);
  if (row < 0 || row >= range.count || shown.includes(row)) return shown;
  return [...shown, row].toSorted((one, other) => one - other);
}
