import { writeJson } from "@/lib/text/exact-json";

type Leaves = Record<string, unknown>;

/** The values of a form; fields of nested objects are merged one by one. */
function leaves(form: object): Leaves {
  const found: Leaves = {};
  for (const [key, value] of Object.entries(form)) {
    if (isObject(value)) for (const [inner, one] of Object.entries(value)) found[`${key}.${inner}`] = one;
    else found[key] = value;
  }
  return found;
}

const isObject = (value: unknown): value is object =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isSame = (one: unknown, other: unknown) => Object.is(one, other) || writeJson(one) === writeJson(other);

/** The dotted names of the fields in which two forms differ. */
export function differing<Form extends object>(one: Form, other: Form): string[] {
  const [here, there] = [leaves(one), leaves(other)];
  return Object.keys({ ...here, ...there }).filter((path) => !isSame(here[path], there[path]));
}

/** Applies my changes to what somebody else saved in the meantime; mine win where both changed a field. */
export function merged<Form extends object>(base: Form, mine: Form, theirs: Form): Form {
  // Fields are replaced at most one level deep. A deep copy would lose the class of long numbers.
  const result: Record<string, unknown> = Object.fromEntries(
    Object.entries(theirs).map(([key, value]) => [key, isObject(value) ? { ...value } : value]),
  );
  const values = leaves(mine);
  for (const path of differing(base, mine)) {
    const [head = "", tail] = path.split(".");
    const place = tail === undefined ? result : (result[head] as Record<string, unknown>);
    const name = tail ?? head;
    if (values[path] === undefined) delete place[name];
    else place[name] = values[path];
  }
  return result as Form;
}
