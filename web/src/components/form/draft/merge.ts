import { writeJson } from "@/lib/text/exact-json";

type Leaves = Record<string, unknown>;

/** What is written in a form: its fields, and those of the objects in it, which are merged one by one. */
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

/** What somebody changed, on top of what somebody else saved meanwhile; where both changed a field, mine stays. */
export function merged<Form extends object>(base: Form, mine: Form, theirs: Form): Form {
  // Fields are replaced at most one level down. A deep copy would strip long numbers of their class.
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
