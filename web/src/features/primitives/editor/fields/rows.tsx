import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type ReactNode, useState } from "react";

import { focusSoon } from "@/components/form/errors/focus-field";
import { Button } from "@/components/ui/button";

import { at, dotted, moved, type Path, without } from "../../spec/path";
import { list } from "../../spec/read";
import { useEditing } from "../editing";

export interface Row {
  /** A React key that moves with the item, so that its fields keep their text. */
  id: number;
  path: Path;
  index: number;
  remove: () => void;
  move: ((to: number) => void) | undefined;
}

interface Rows {
  rows: Row[];
  add: (item: unknown) => void;
}

/** The items of a list in the spec; `onRemove` returns the new list if removing an item changes others. */
export function useRows(
  path: Path,
  onRemove: (items: readonly unknown[], index: number) => readonly unknown[] = without,
): Rows {
  const { spec, set } = useEditing();
  const items = list(at(spec, path));
  const [ids, setIds] = useState<readonly number[]>(() => items.map((_, index) => index));
  const rows = items.map((_, index): Row => ({
    id: ids[index] ?? -1 - index,
    path: [...path, index],
    index,
    remove: () => {
      setIds(without(ids, index));
      set(path, onRemove(items, index));
    },
    move: (to) => {
      if (to < 0 || to >= items.length) return;
      setIds(moved(ids, index, to));
      set(path, moved(items, index, to));
    },
  }));
  return {
    rows,
    add: (item) => {
      setIds([...ids, Math.max(-1, ...ids) + 1]);
      set(path, [...items, item]);
      focusSoon(dotted([...path, items.length]));
    },
  };
}

/** Buttons to move or remove one item. */
export function RowButtons({ row, count, what, least = 0 }: { row: Row; count: number; what: string; least?: number }) {
  return (
    <span className="flex shrink-0 items-center">
      {row.move && count > 1 && (
        <>
          <Button
            look="quiet"
            size="mini"
            aria-label={`Move ${what} up`}
            disabled={row.index === 0}
            onClick={() => row.move?.(row.index - 1)}
          >
            <ArrowUp className="size-3.5" />
          </Button>
          <Button
            look="quiet"
            size="mini"
            aria-label={`Move ${what} down`}
            disabled={row.index === count - 1}
            onClick={() => row.move?.(row.index + 1)}
          >
            <ArrowDown className="size-3.5" />
          </Button>
        </>
      )}
      <Button look="quiet" size="mini" aria-label={`Remove ${what}`} disabled={count <= least} onClick={row.remove}>
        <X className="size-3.5" />
      </Button>
    </span>
  );
}

export function AddButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button size="sm" className="w-fit" onClick={onClick}>
      <Plus className="size-3.5" /> {children}
    </Button>
  );
}
