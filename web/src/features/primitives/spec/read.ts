/** Reads a spec that may be incomplete, so every field may be missing. The API validates it. */
export type Spec = Readonly<Record<string, unknown>>;

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const record = (value: unknown): Spec =>
  value && typeof value === "object" && !Array.isArray(value) ? (value as Spec) : {};
export const records = (value: unknown): readonly Spec[] => list(value).map(record);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const written = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
