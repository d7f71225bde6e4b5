import { cleanup } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import { mockApi, unmocked } from "./api";

// jsdom lays nothing out, so it cannot scroll.
Element.prototype.scrollIntoView = () => undefined;

beforeAll(() => mockApi.listen());
afterEach(() => {
  cleanup();
  mockApi.resetHandlers();
  // A query turns the failed request into an error that a component may show; the test must fail all the same.
  expect(unmocked.splice(0), "requests without a mock").toEqual([]);
});
afterAll(() => mockApi.close());
