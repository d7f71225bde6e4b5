// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { errorAt, focusField, labelOf, refusedAt } from "./fields";

describe("what was refused", () => {
  it("is told at its field, also where only a part of it is wrong", () => {
    const errors = { "slack.events[1]": "too long", name: "missing" };
    expect(errorAt(errors, "slack.events")).toBe("too long");
    expect(errorAt(errors, "primitive.slug", "name")).toBe("missing");
    expect(errorAt(errors, "slug")).toBeUndefined();
    expect(labelOf("slack.events[1]")).toBe("Events");
    expect(labelOf("unheard.of")).toBe("unheard.of");
  });

  it("is the name's fault where the slug comes from the name", () => {
    expect(refusedAt({ name: "missing", slug: "bad" }, false)).toEqual({ name: "missing" });
    expect(refusedAt({ slug: "taken" }, false)).toEqual({ name: "taken" });
    expect(refusedAt({ slug: "taken" }, true)).toEqual({ slug: "taken" });
  });

  it("gets the focus, the first of the page before all others", () => {
    document.body.innerHTML =
      '<form><p data-field="name"><input id="one"></p><p data-field="slug"><input id="two" aria-invalid="true"></p></form>';
    const form = document.querySelector("form") as HTMLElement;
    focusField(form);
    expect(document.activeElement?.id).toBe("two");
    focusField(form, "name");
    expect(document.activeElement?.id).toBe("one");
    focusField(form, "nowhere");
    expect(document.activeElement?.id).toBe("one");
  });
});
