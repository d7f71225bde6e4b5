export type Errors = Readonly<Record<string, string>>;

/** Whether a refusal at `field` is about the value at `place` or about a part of it. */
export function isWithin(field: string, place: string): boolean {
  return field === place || field.startsWith(`${place}.`) || field.startsWith(`${place}[`);
}

/** The field itself and everything that it lies in, nearest first. */
export function enclosingPaths(field: string): string[] {
  const cuts = [...field.matchAll(/\.|\[/g)].map((cut) => cut.index);
  return [field, ...cuts.toReversed().map((cut) => field.slice(0, cut))];
}

/** What is wrong at one of the places, or with a part of it. */
export function errorAt(errors: Errors, ...places: string[]): string | undefined {
  return Object.entries(errors).find(([field]) => places.some((place) => isWithin(field, place)))?.[1];
}
