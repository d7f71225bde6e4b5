import type { Form } from "./draft";

type Leaves = Record<string, unknown>;

/** A form's fields by their dotted names. */
function leaves(form: object, prefix = ""): Leaves {
  const found: Leaves = {};
  for (const [key, value] of Object.entries(form)) {
    if (value !== null && typeof value === "object") Object.assign(found, leaves(value, `${prefix}${key}.`));
    else found[prefix + key] = value;
  }
  return found;
}

/** The dotted names of the fields in which two forms differ. */
export function differing(one: Form, other: Form): string[] {
  const there = leaves(other);
  return Object.entries(leaves(one))
    .filter(([path, value]) => !Object.is(value, there[path]))
    .map(([path]) => path);
}

/** What somebody changed, on top of what somebody else saved meanwhile; where both changed a field, mine stays. */
export function merged(base: Form, mine: Form, theirs: Form): Form {
  const result = structuredClone(theirs) as unknown as Record<string, unknown>;
  const values = leaves(mine);
  for (const path of differing(base, mine)) {
    const [head = "", tail] = path.split(".");
    if (tail === undefined) result[head] = values[path];
    else (result[head] as Record<string, unknown>)[tail] = values[path];
  }
  return result as unknown as Form;
}
