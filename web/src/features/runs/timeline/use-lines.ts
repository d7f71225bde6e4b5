import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

import type { Row } from "./rows";

const LINE_PX = 28;
const TALL_LINE_PX = 48;
const OVERSCAN = 15;
/** The page's header and the axis, which cover the top of the window. */
const COVERED_PX = 48 + 24;

interface Lines {
  body: RefObject<HTMLDivElement | null>;
  rows: readonly Row[];
  narrow: boolean;
  onSee: (rows: readonly Row[]) => void;
}

/** The visible lines of a tree of any length. What is inserted above them does not move them. */
export function useLines({ body, rows, narrow, onSee }: Lines) {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [body]);

  const height = heightOf(narrow);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: COVERED_PX,
  });
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- lines are taller on a narrow window
  useEffect(() => virtualizer.measure(), [virtualizer, height]);

  const reading = useRef<string | null>(null);
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  const before = useRef(rows);
  useLayoutEffect(() => {
    if (before.current !== rows && reading.current !== null) {
      const was = before.current.findIndex((row) => row.key === reading.current);
      const is = rows.findIndex((row) => row.key === reading.current);
      if (was >= 0 && is >= 0 && was !== is) window.scrollBy(0, (is - was) * height);
    }
    before.current = rows;
  }, [rows, height]);
  useEffect(() => {
    // Above the first line there is nothing that could grow.
    reading.current = startIndex > 0 ? (rows[startIndex]?.key ?? null) : null;
  }, [rows, startIndex]);

  useEffect(() => {
    onSee(rows.slice(startIndex, endIndex + 1));
  }, [rows, startIndex, endIndex, onSee]);

  return { virtualizer, items: virtualizer.getVirtualItems() };
}

/** The height of a line, which grows with the text size that the reader chose. */
function heightOf(narrow: boolean): number {
  return (
    (narrow ? TALL_LINE_PX : LINE_PX) * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16)
  );
}
