import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { runKeys, runTreeQuery, TREE_WINDOW, type TreeWindow } from "@/api/runs";
import type { RunTree } from "@/api/types";

import type { Loaded, Row } from "./rows";

/** What is only scrolled past is not loaded: what the reader stops at would have to wait for it. */
const SETTLE_MS = 80;

const keyOf = ({ under, window, failed }: TreeWindow) => `${failed ? "!" : ""}${under ?? ""} ${window}`;

/**
 * Loads the tree of a run, a window of nodes at a time: what has been seen stays loaded, what is visible is kept up to
 * date while the run is open.
 */
export function useTree(id: string, failed: boolean, open: boolean) {
  const queries = useQueryClient();
  const top = useMemo<TreeWindow>(() => ({ under: null, window: 0, failed }), [failed]);
  const [wanted, setWanted] = useState<readonly TreeWindow[]>([top]);
  const [visible, setVisible] = useState<ReadonlySet<string>>(new Set());
  const asked = useMemo(
    () => [top, ...wanted.filter((one) => one.failed === failed && keyOf(one) !== keyOf(top))],
    [top, wanted, failed],
  );
  const combine = useCallback((parts: readonly Part[]) => combined(asked, parts), [asked]);
  const found = useQueries({
    queries: asked.map((one) => runTreeQuery(id, one, open && (one === top || visible.has(keyOf(one))))),
    combine,
  });

  // What was read while it was open may have changed until it ended.
  useEffect(() => {
    if (!open) void queries.invalidateQueries({ queryKey: runKeys.tree(id), predicate: isFromBefore });
  }, [queries, id, open]);

  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settling.current), []);
  const see = useCallback(
    (rows: readonly Row[]) => {
      const windows = new Map<string, TreeWindow>();
      for (const { under, index } of rows) {
        const one = { under, window: Math.floor(index / TREE_WINDOW), failed };
        windows.set(keyOf(one), one);
      }
      const keys = [...windows.keys()];
      setVisible((before) =>
        keys.length === before.size && keys.every((key) => before.has(key)) ? before : new Set(keys),
      );
      clearTimeout(settling.current);
      settling.current = setTimeout(() => {
        setWanted((before) => {
          const known = new Set(before.map(keyOf));
          const more = [...windows].filter(([key]) => !known.has(key)).map(([, one]) => one);
          return more.length > 0 ? [...before, ...more] : before;
        });
      }, SETTLE_MS);
    },
    [failed],
  );

  return { ...found, see };
}

interface Part {
  data: RunTree | undefined;
  dataUpdatedAt: number;
  error: Error | null;
  refetch: () => unknown;
}

/** What is loaded, by the node above; the first part is that at the top. */
function combined(asked: readonly TreeWindow[], parts: readonly Part[]) {
  const loaded = new Map<string | null, Map<number, RunTree>>();
  asked.forEach(({ under, window }, index) => {
    const data = parts[index]?.data;
    if (data) loaded.set(under, (loaded.get(under) ?? new Map<number, RunTree>()).set(window, data));
  });
  const first = parts[0];
  return {
    loaded: loaded as Loaded,
    top: first?.data,
    /** By how much the server's clock is ahead of ours, in milliseconds. */
    ahead: first?.data ? Date.parse(first.data.now) - first.dataUpdatedAt : 0,
    error: first?.data ? null : (first?.error ?? null),
    retry: () => void first?.refetch(),
  };
}

const isFromBefore = ({ state }: { state: { data: unknown } }) =>
  (state.data as RunTree | undefined)?.run.endedAt === null;
