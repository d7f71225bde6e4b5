import { cleanup } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import { mockApi, unmocked } from "./api";

// jsdom has no layout and cannot scroll.
Element.prototype.scrollIntoView = () => undefined;

beforeAll(() => mockApi.listen());
afterEach(() => {
  cleanup();
  mockApi.resetHandlers();
  // A query turns the failed request into an error that a component may show; fail the test anyway.
  expect(unmocked.splice(0), "requests without a mock").toEqual([]);
});
afterAll(() => mockApi.close());
