import { TREE_WINDOW } from "@/api/runs";
import type { RunNode, RunTree } from "@/api/types";

/** A branch with more nodes is folded, unless one of them failed. */
const OPEN_UP_TO = 50;

/** A line of the timeline. Its node is null while it is not loaded. */
export interface Row {
  key: string;
  depth: number;
  /** The node above; null at the top. */
  under: string | null;
  index: number;
  node: RunNode | null;
}

/** What is loaded of the nodes below one, by the number of its window. */
export type Windows = ReadonlyMap<number, RunTree>;
export type Loaded = ReadonlyMap<string | null, Windows>;

export const countBelow = (node: RunNode) => Object.values(node.below).reduce((sum, one) => sum + (one ?? 0), 0);

/** Whether a node is open before anybody has opened or closed it. */
export const isOpenAtFirst = (node: RunNode) => countBelow(node) <= OPEN_UP_TO || (node.below.failed ?? 0) > 0;

/**
 * The lines of the tree from top to bottom, loaded or not, so that the scroll bar shows how long it is.
 *
 * `chosen` are the branches that the reader has opened (true) or closed (false).
 */
export function rowsOf(loaded: Loaded, chosen: ReadonlyMap<string, boolean>, onlyFailed: boolean): Row[] {
  const rows: Row[] = [];
  const add = (under: string | null, expected: number, depth: number) => {
    const windows = loaded.get(under);
    const total = windows?.values().next().value?.total ?? expected;
    for (let index = 0; index < total; index += 1) {
      const part = windows?.get(Math.floor(index / TREE_WINDOW));
      const node = part?.nodes[index - part.offset] ?? null;
      rows.push({ key: node?.path ?? `${under ?? ""} ${index}`, depth, under, index, node });
      if (node && isOpen(node, chosen))
        add(node.path, onlyFailed ? (node.below.failed ?? 0) : countBelow(node), depth + 1);
    }
  };
  add(null, 0, 0);
  return rows;
}

export function isOpen(node: RunNode, chosen: ReadonlyMap<string, boolean>): boolean {
  return countBelow(node) > 0 && (chosen.get(node.path) ?? isOpenAtFirst(node));
}
