import { expect, it } from "vitest";

import { sentence } from "./sentence";

it("begins what the server says with a capital", () => {
  expect(sentence("this API key is unknown or has been revoked")).toBe("This API key is unknown or has been revoked");
  expect(sentence("line 1, column 3: no such overload")).toBe("Line 1, column 3: no such overload");
  expect(sentence("Enter a name.")).toBe("Enter a name.");
});

it("leaves names as they are spelled", () => {
  expect(sentence("social-scout is used by automation nightly")).toBe("social-scout is used by automation nightly");
  expect(sentence("env:NAME is not set")).toBe("env:NAME is not set");
  expect(sentence("")).toBe("");
});
