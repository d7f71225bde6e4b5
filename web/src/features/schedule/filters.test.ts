import { describe, expect, it } from "vitest";

import { bulkFilter, currentSort, isFiltered, nextSort } from "./filters";

describe("sorting", () => {
  it("is by severity for the whole list and by relevance for a search", () => {
    expect(currentSort({})).toBe("severity");
    expect(currentSort({ search: "scout" })).toBe("relevance");
    expect(currentSort({ search: "scout", sort: "cost" })).toBe("cost");
  });

  it("reverses on the second click and returns to the default on the third", () => {
    const first = nextSort({}, "name");
    expect(first).toEqual({ sort: "name", order: undefined });
    const second = nextSort(first, "name");
    expect(second).toEqual({ sort: "name", order: "desc" });
    expect(nextSort(second, "name")).toEqual({ sort: undefined, order: undefined });
  });

  it("sorts a search by severity when asked to", () => {
    expect(nextSort({ search: "scout" }, "severity")).toEqual({ sort: "severity", order: undefined });
  });
});

it("counts a selected hour and archived automations as filters, but not a sort", () => {
  expect(isFiltered({ sort: "name" })).toBe(false);
  expect(isFiltered({ archived: true })).toBe(true);
  expect(isFiltered({ hour: "2026-11-22T22:00:00Z" })).toBe(true);
});

it("asks in bulk for what the filters match, whatever their order", () => {
  expect(bulkFilter({ sort: "cost", order: "asc", primitive: ["agent"] })).toEqual({
    primitive: ["agent"],
    search: "",
  });
});
