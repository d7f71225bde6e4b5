// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/client";

import { focusField, focusFirst } from "./focus-field";
import { errorAt, isWithin, enclosingPaths } from "./field-paths";
import { refusalOf, fieldErrorsOf, without } from "./field-errors";

const focused = () => document.activeElement?.id;

describe("what was refused", () => {
  it("is told at its field, also where only a part of it is wrong", () => {
    const errors = { "slack.events[1]": "too long", name: "missing" };
    expect(errorAt(errors, "slack.events")).toBe("too long");
    expect(errorAt(errors, "primitive", "name")).toBe("missing");
    expect(errorAt(errors, "slug")).toBeUndefined();
  });

  it("lies in what is around it, and in nothing that only begins like it", () => {
    expect(enclosingPaths("spec.steps[1].needs")).toEqual([
      "spec.steps[1].needs",
      "spec.steps[1]",
      "spec.steps",
      "spec",
    ]);
    expect(isWithin("spec.steps[1].needs[0]", "spec.steps[1].needs")).toBe(true);
    expect(isWithin("spec.steps[11]", "spec.steps[1]")).toBe(false);
  });

  it("is the name's fault where the slug comes from the name", () => {
    expect(fieldErrorsOf({ name: "missing", slug: "bad" }, false)).toEqual({ name: "missing" });
    expect(fieldErrorsOf({ slug: "taken" }, false)).toEqual({ name: "taken" });
    expect(fieldErrorsOf({ slug: "taken" }, true)).toEqual({ slug: "taken" });
  });

  it("says by the fields what is wrong, and only without them by itself", () => {
    const problem = { code: "invalid", status: 422, detail: "It is not valid.", hint: "Correct it." };
    const errors = [{ field: "name", detail: "missing" }];
    expect(refusalOf(new ApiError({ ...problem, errors } as never), true)).toEqual({
      errors: { name: "missing" },
      message: "Correct it.",
    });
    expect(refusalOf(new ApiError(problem as never), true)).toEqual({
      errors: {},
      message: "It is not valid. Correct it.",
    });
    expect(refusalOf(new Error("Away"), true)).toEqual({ errors: {}, message: "Away" });
  });

  it("is forgotten where it or what it lies in changes, and the rest with the last of it", () => {
    const refusal = { errors: { "spec.steps[0].when": "bad", name: "missing" }, message: "Correct it." };
    const left = without(refusal, ["spec.steps"]);
    expect(left).toEqual({ errors: { name: "missing" }, message: "Correct it." });
    expect(without(left, ["name"])).toEqual({ errors: {}, message: null });
    expect(without({ errors: { schedule: "bad" }, message: null }, ["schedule.timezone"]).errors).toEqual({});
    expect(without({ errors: {}, message: "Away" }, ["name"]).message).toBeNull();
  });
});

describe("the focus", () => {
  const page = `
    <form>
      <p data-field="name"><input id="name"></p>
      <details><section data-field="spec.steps[0]"><p data-field="spec.steps[0].when"><input id="when"></p></section></details>
    </form>`;

  it("goes to the first of the page before all others", () => {
    document.body.innerHTML = page;
    focusFirst(["spec.steps[0].when", "name"]);
    expect(focused()).toBe("name");
  });

  it("opens what hides the field, or goes to what is around it", () => {
    document.body.innerHTML = page;
    focusField("spec.steps[0].retry.backoff");
    expect(focused()).toBe("when");
    expect(document.querySelector("details")?.open).toBe(true);
  });

  it("stays where it is where the page has nothing of the kind", () => {
    document.body.innerHTML = page;
    focusField("name");
    focusField("nowhere");
    expect(focused()).toBe("name");
  });
});
