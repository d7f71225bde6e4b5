export type Errors = Readonly<Record<string, string>>;

/** Whether `field` is `place` or below it. */
export function isWithin(field: string, place: string): boolean {
  return field === place || field.startsWith(`${place}.`) || field.startsWith(`${place}[`);
}

/** The field and its parents, nearest first. */
export function enclosingPaths(field: string): string[] {
  const cuts = [...field.matchAll(/\.|\[/g)].map((cut) => cut.index);
  return [field, ...cuts.toReversed().map((cut) => field.slice(0, cut))];
}

/** The first error at one of the places or below it. */
export function errorAt(errors: Errors, ...places: string[]): string | undefined {
  return Object.entries(errors).find(([field]) => places.some((place) => isWithin(field, place)))?.[1];
}
