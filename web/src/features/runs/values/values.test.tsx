// @vitest-environment jsdom
import "@/testing/setup";

import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { overview } from "../kinds/fixtures";
import { Values } from "./values";

const AGENT = {
  kind: "agent",
  runner: null,
  calledAt: null,
  callbackUntil: null,
  failedAttempts: 0,
  attempts: null,
} as const;

it("shows the beginning of a large value, and offers all of it as a file", async () => {
  answer("get", "/api/runs/{run_id}/values", () => ({
    input: { bytes: 8_388_608, value: null, beginning: '{"items": ["xx' },
    output: { bytes: 4, value: null, beginning: null },
  }));
  await show(<Values run={overview(AGENT)} />);
  const input = within(await screen.findByRole("region", { name: "Input" }));
  expect(input.getByText(/Only its beginning is shown, because it has 8.4 MB/)).toBeTruthy();
  expect(input.getByRole("link", { name: "Download input" }).getAttribute("href")).toBe("/api/runs/019c/input");
  expect(input.queryByRole("button", { name: "Copy input" })).toBeNull();
  const output = within(screen.getByRole("region", { name: "Output" }));
  expect(output.getByRole("group", { name: "Output" }).textContent).toBe("null");
  expect(output.getByRole("button", { name: "Copy output" })).toBeTruthy();
});
