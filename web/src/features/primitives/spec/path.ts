import { list, record } from "./read";

/** The path of a value in a spec: `["steps", 1, "agent"]`. */
export type Path = readonly (string | number)[];

/** A path as in the API's errors: `spec.steps[1].agent`. */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${part}`),
    "spec",
  );
}

export function at(value: unknown, path: Path): unknown {
  return path.reduce((inner, part) => (typeof part === "number" ? list(inner)[part] : record(inner)[part]), value);
}

/** Returns a copy with another value at the path; undefined removes the field. */
export function put(value: unknown, path: Path, next: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return next;
  if (typeof part === "number") {
    const items = [...list(value)];
    items[part] = put(items[part], rest, next);
    return items;
  }
  const inner = put(record(value)[part], rest, next);
  const { [part]: _, ...others } = record(value);
  if (inner === undefined) return others;
  return part in record(value) ? { ...record(value), [part]: inner } : { ...others, [part]: inner };
}

export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const others = items.filter((_, index) => index !== from);
  return [...others.slice(0, to), ...items.slice(from, from + 1), ...others.slice(to)];
}

export function without<Item>(items: readonly Item[], index: number): Item[] {
  return items.filter((_, place) => place !== index);
}
