// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";

import { overview } from "./kinds/fixtures";
import { RunActions } from "./run-actions";
import { RunLinks } from "./run-links";
import { Story } from "./story";

const AGENT = {
  kind: "agent",
  runner: null,
  calledAt: null,
  callbackUntil: null,
  failedAttempts: 0,
  attempts: null,
} as const;
const PULSE = { kind: "pulse", collecting: null, report: null } as const;

it("says what happened, and the whole error only if the sentence has no room for it", async () => {
  const error = { type: "http_error", message: "HTTP 503" };
  const given = {
    status: "failed",
    error,
    tellsError: true,
    sentence: "Failed after 41 s at step publish: HTTP 503.",
  } as const;
  const view = await show(<Story run={overview(AGENT, given)} />);
  expect(screen.getByRole("note", { name: "What happened" }).textContent).toBe(`${given.sentence} http_error`);
  expect(screen.queryByRole("group", { name: "Error" })).toBeNull();
  view.unmount();
  const long = { ...error, message: `HTTP 503\n${"<b>x</b>".repeat(500)}` };
  await show(<Story run={overview(AGENT, { ...given, error: long, tellsError: false })} />);
  expect(screen.getByRole("group", { name: "Error" }).textContent).toContain("<b>x</b>");
  expect(screen.getByRole("button", { name: "Copy the error" })).toBeTruthy();
});

it("links to Temporal only while that keeps the history", async () => {
  const run = { temporalWorkflowId: "run:019c" };
  const keptUntil = "2026-03-05T10:00:00Z";
  const view = await show(
    <RunLinks run={overview(AGENT, { ...run, history: { url: "http://t/x", keptUntil, isGone: false } })} />,
  );
  expect(screen.getByRole("link", { name: "Open in Temporal" }).getAttribute("href")).toBe("http://t/x");
  view.unmount();
  await show(<RunLinks run={overview(AGENT, { ...run, history: { url: null, keptUntil, isGone: true } })} />);
  expect(screen.queryByRole("link")).toBeNull();
  expect(screen.getByText(/Temporal kept its history until/)).toBeTruthy();
});

it("links to the trace viewer that the administrator has named", async () => {
  await show(<RunLinks run={overview(AGENT, { traceUrl: "https://traces.example.com/019c" })} />);
  expect(screen.getByRole("link", { name: "Open trace" }).getAttribute("href")).toBe("https://traces.example.com/019c");
});

it("offers only the signals that the run takes, and sends the reason", async () => {
  const sent = vi.fn();
  answer("get", "/api/session", () => ({ name: "ann", scope: "operate" }) as never);
  answer("post", "/api/runs/{run_id}/signal", ({ body }) => {
    sent(body);
    return {} as never;
  });
  const { user } = await show(<RunActions run={overview(PULSE, { signals: ["evaluate_now", "pause"] })} />);
  await waitFor(() => expect(screen.getByRole("button", { name: "More" }).hasAttribute("disabled")).toBe(false));
  await user.click(screen.getByRole("button", { name: "More" }));
  expect(screen.queryByRole("menuitem", { name: "Add a task" })).toBeNull();
  await user.click(screen.getByRole("menuitem", { name: "Evaluate now" }));
  await user.type(await screen.findByRole("textbox"), "in a hurry");
  await user.click(screen.getByRole("button", { name: "Evaluate" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent.mock.calls).toEqual([[{ signal: "evaluate_now", argument: { reason: "in a hurry" } }]]);
  expect(screen.queryByRole("button", { name: "Resume" })).toBeNull();
});

it("asks before it cancels, and says what ends with the run", async () => {
  const cancelled = vi.fn();
  answer("get", "/api/session", () => ({ name: "ann", scope: "operate" }) as never);
  answer("post", "/api/runs/{run_id}/cancel", ({ body }) => {
    cancelled(body);
    return refusal(409, "already_finished", "the run is already completed");
  });
  const { user } = await show(<RunActions run={overview(AGENT, { childRuns: 1431 })} />);
  await waitFor(() => expect(screen.getByRole("button", { name: "Cancel" }).hasAttribute("disabled")).toBe(false));
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.getByText(/It has 1,431 child runs/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Cancel the run" }));
  await waitFor(() => expect(cancelled.mock.calls).toEqual([[{ reason: "" }]]));
  expect(screen.getByRole("dialog")).toBeTruthy();
});
