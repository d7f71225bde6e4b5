// @vitest-environment jsdom
import "@/testing/setup";

import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { readJson } from "@/lib/text/exact-json";
import { show } from "@/testing/render";

import { JsonTree } from "./json-tree";

it("folds from the second level on, and unfolds what is asked for", async () => {
  const { user } = await show(<JsonTree value={{ a: { b: { c: "deep" } } }} label="Output" />);
  expect(screen.queryByText(/deep/)).toBeNull();
  await user.click(screen.getByRole("button", { name: /^b: ?\{1\}$/ }));
  expect(screen.getByText(/deep/)).toBeTruthy();
});

it("shows long texts and lists in part until more is asked for", async () => {
  const { user } = await show(
    <JsonTree
      value={{ text: "x".repeat(5000), list: Array.from({ length: 3000 }, (_, index) => index) }}
      label="Output"
    />,
  );
  expect(screen.getByText(new RegExp(`^"x{400}"$`))).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show all 5,000 characters" }));
  expect(screen.getByText(new RegExp(`^"x{5000}"$`))).toBeTruthy();
  expect(screen.queryByText("100")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Show more (2,900 left)" }));
  expect(screen.getByText("100")).toBeTruthy();
});

it("shows hostile text as text, and numbers digit for digit", async () => {
  const value = readJson('{"<img src=x onerror=alert(1)>": "</pre><script>alert(1)</script>", "n": 9007199254740993}');
  await show(<JsonTree value={value} label="Output" />);
  expect(screen.getByText(/<\/pre><script>/)).toBeTruthy();
  expect(screen.getByText("9007199254740993")).toBeTruthy();
  expect(document.querySelector("img, script")).toBeNull();
});
