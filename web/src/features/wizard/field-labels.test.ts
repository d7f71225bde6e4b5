import { expect, it } from "vitest";

import { labelOf } from "./field-labels";

it("calls a field as the page does, or what it lies in, or else as the API does", () => {
  expect(labelOf("slack.events[1]")).toBe("Events");
  expect(labelOf("primitive.slug")).toBe("Primitive");
  expect(labelOf("unheard.of")).toBe("unheard.of");
});
