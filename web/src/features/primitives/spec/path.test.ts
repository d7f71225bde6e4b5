import { describe, expect, it } from "vitest";

import { at, dotted, moved, put, without } from "./path";

describe("a change of one field", () => {
  const spec = { steps: [{ key: "read", agent: "scout", mine: [1] }, { key: "write" }], later: true };

  it("leaves every other field as it is, known or not, and in its order", () => {
    const next = put(spec, ["steps", 0, "agent"], "writer");
    expect(JSON.stringify(next)).toBe(
      '{"steps":[{"key":"read","agent":"writer","mine":[1]},{"key":"write"}],"later":true}',
    );
    expect(spec.steps[0]?.agent).toBe("scout");
  });

  it("takes the field away where nothing is put", () => {
    expect(put(spec, ["steps", 0, "agent"], undefined)).toEqual({
      ...spec,
      steps: [{ key: "read", mine: [1] }, { key: "write" }],
    });
    expect(put({ runner: null }, ["runner", "cost"], undefined)).toEqual({ runner: {} });
  });

  it("makes what it lies in, and reads nothing where there is nothing", () => {
    expect(put({ steps: "?" }, ["steps", 0, "http", "url"], "https://a")).toEqual({
      steps: [{ http: { url: "https://a" } }],
    });
    expect(at(spec, ["steps", 1, "http", "url"])).toBeUndefined();
    expect(at(spec, ["steps", 0, "mine", 0])).toBe(1);
  });
});

it("names a field as the API does", () => {
  expect(dotted(["steps", 1, "needs"])).toBe("spec.steps[1].needs");
});

it("moves and removes", () => {
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(without(["a", "b", "c"], 1)).toEqual(["a", "c"]);
});
