import { expect, it } from "vitest";

import { slugOf } from "./slug";

it("suggests slugs that the API takes", () => {
  expect(["Devil's Advocate", "  Über — Größe 9 ", "¿?"].map(slugOf)).toEqual(["devils-advocate", "uber-gro-e-9", ""]);
});
