import { expect, it } from "vitest";

import { draftOf, formErrors, formOf, patchOf } from "./form";

const empty = formOf(undefined);

it("makes a draft of what is filled in", () => {
  const form = { ...empty, limitUsdMonth: " 25.50 ", warnAtPercent: "50%, 80", estimateUsd: "0.05" };
  expect(draftOf(form)).toEqual({
    scope: "all",
    limitUsdMonth: "25.50",
    warnAtPercent: [50, 80],
    action: "stop",
    timezone: "UTC",
    estimateUsd: "0.05",
  });
  expect(draftOf({ ...form, scope: "primitive", target: "agent/scout" })).toMatchObject({ target: "agent/scout" });
  expect(patchOf({ ...form, warnAtPercent: "", estimateUsd: "" })).toMatchObject({
    warnAtPercent: [],
    estimateUsd: null,
  });
});

it("says what is missing or no amount", () => {
  expect(Object.keys(formErrors({ ...empty, scope: "automation", warnAtPercent: "0, 80", estimateUsd: "-1" }))).toEqual(
    ["target", "limitUsdMonth", "warnAtPercent", "estimateUsd"],
  );
  expect(formErrors({ ...empty, limitUsdMonth: "0" })).toEqual({});
  expect(formErrors({ ...empty, limitUsdMonth: "1e3" })).toHaveProperty("limitUsdMonth");
  expect(formErrors({ ...empty, limitUsdMonth: "5", warnAtPercent: "100" })).toHaveProperty("warnAtPercent");
});
