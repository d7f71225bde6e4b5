import { describe, expect, it } from "vitest";
import { z } from "zod";

import { calendarDay, flag, parseSearch, stringifySearch, text, word, words } from "./search-params";

const schema = z.object({
  search: text,
  primitive: words(["agent", "pulse"]),
  sort: word(["name", "cost"]),
  archived: flag,
});

describe("filters in the address", () => {
  it("come back as they went", () => {
    const search = { search: "a b&c", primitive: ["agent", "pulse"], sort: "cost", archived: true };
    const written = stringifySearch(search);
    expect(written).toBe("?search=a+b%26c&primitive=agent,pulse&sort=cost&archived=true");
    expect(schema.parse(parseSearch(written.slice(1)))).toEqual(search);
  });

  it("leave out what does not filter", () => {
    expect(stringifySearch({ search: "", primitive: [], sort: undefined, archived: false })).toBe("");
  });

  it("let fall days that no calendar shows", () => {
    const days = ["2028-02-29", "2026-02-31", "foo", "2026-11", "0000-01-01", "9999-12-31"];
    expect(days.map((day) => calendarDay.parse(day))).toEqual(["2028-02-29", ...Array(5).fill(undefined)]);
  });

  it("survive words of another version", () => {
    expect(schema.parse(parseSearch("primitive=agent,robot&sort=colour&archived=perhaps"))).toEqual({
      primitive: ["agent"],
    });
  });
});
