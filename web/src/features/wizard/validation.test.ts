import { expect, it } from "vitest";

import { emptyForm } from "./draft";
import { validationErrors } from "./validation";

const form = { ...emptyForm("agent", "scout", "UTC"), name: "Nightly" };

it("finds nothing wrong with a form that is filled in", () => {
  expect(validationErrors(form)).toEqual({});
  expect(validationErrors({ ...form, payload: '{"a": 1}', budgetUsdMonth: " 25.50 " })).toEqual({});
});

it("finds everything that is wrong at once", () => {
  const wrong = {
    ...form,
    name: " ",
    primitive: "",
    payload: "{oops",
    budgetUsdMonth: "abc",
    healthPolicy: { ...form.healthPolicy, window: Number.NaN },
  };
  expect(Object.keys(validationErrors(wrong))).toEqual([
    "primitive.slug",
    "name",
    "payload",
    "budgetUsdMonth",
    "healthPolicy.window",
  ]);
  expect(validationErrors(wrong).payload).toMatch(/^This is not valid JSON: /);
});

it("looks only at the fields of the source that is chosen", () => {
  expect(Object.keys(validationErrors({ ...form, source: "webhook" }))).toEqual(["webhook.path"]);
  expect(Object.keys(validationErrors({ ...form, source: "event" }))).toEqual(["event.name"]);
  expect(Object.keys(validationErrors({ ...form, source: "slack" }))).toEqual(["slack.command"]);
  expect(validationErrors({ ...form, source: "manual", schedule: { ...form.schedule, cronExpr: "" } })).toEqual({});
});
