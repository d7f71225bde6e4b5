import { describe, expect, it } from "vitest";

import { merged } from "@/components/form/draft/merge";

import { readJson, writeJson } from "./exact-json";

describe("JSON that people gave us", () => {
  it.each([
    '{"id":9007199254740993,"ids":[-9007199254740995,1]}',
    "0.1234567890123456789",
    "[1e400,2]",
    '{"plain":[1,2.5,-3e2,true,null,"9007199254740993"]}'.replace("-3e2", "-300"),
  ])("is written as it was read: %s", (text) => {
    expect(writeJson(readJson(text))).toBe(text);
  });

  it("has plain numbers wherever a double holds them", () => {
    expect(readJson('{"a":1,"b":[0.1,1e3],"big":9007199254740993}')).toMatchObject({ a: 1, b: [0.1, 1000] });
  });

  it("keeps its digits when two people's changes are merged", () => {
    const base = { name: "Scout", spec: { input: readJson("9007199254740993"), model: "a" } };
    const mine = { ...base, name: "My Scout" };
    const theirs = { ...base, spec: { ...base.spec, model: "b" } };
    expect(writeJson(merged(base, mine, theirs))).toBe(
      '{"name":"My Scout","spec":{"input":9007199254740993,"model":"b"}}',
    );
  });

  it("says what is wrong as the browser says it", () => {
    expect(() => readJson('{"a": 9007199254740993')).toThrow(SyntaxError);
  });
});
