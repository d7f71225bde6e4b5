// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor, within } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import type { AutomationDetail, Queue } from "@/api/types";
import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { QueueSection } from "./queue-section";

const AUTOMATION = { slug: "orders", name: "Orders", isActive: true } as AutomationDetail;
const since = "2026-11-30T07:00:00Z";
const QUEUE: Queue = {
  waiting: 3,
  running: 1,
  oldestQueuedAt: since,
  nextAt: null,
  byKey: [
    { key: "acme", waiting: 2, running: 1 },
    { key: "globex", waiting: 1, running: 0 },
  ],
  runs: ["a", "b"].map((runId, index) => ({
    runId,
    position: index + 1,
    key: "acme",
    throttleKey: "",
    by: "concurrency",
    since,
    notBefore: null,
    startBy: null,
  })),
  limits: { concurrency: { limit: 1 } },
};

async function shown(queue: Queue, scope = "operate") {
  answer("get", "/api/automations/{name}/queue", () => queue);
  answer("get", "/api/session", () => ({ name: "ann", scope }) as never);
  return show(<QueueSection automation={AUTOMATION} />);
}

it("shows what waits, by key and run, with links to the runs", async () => {
  await shown(QUEUE);
  const keys = await screen.findByRole("region", { name: "Keys" });
  expect(within(keys).getByRole("row", { name: /acme 2 1/ })).toBeTruthy();
  const runs = screen.getByRole("list", { name: "Waiting runs" });
  const links = within(runs).getAllByRole("link");
  expect(links.map((one) => one.getAttribute("href"))).toEqual(["/runs/a", "/runs/b"]);
  expect(within(runs).getAllByText("concurrency")).toHaveLength(2);
  expect(screen.getByText("when a run ends")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Show all 3 waiting runs" }).getAttribute("href")).toContain("held=true");
});

it("counts before it releases a key, and sends the reason", async () => {
  const released = vi.fn();
  answer("post", "/api/automations/{name}/queue/release", ({ body }) => {
    released(body);
    return { count: 2 };
  });
  const { user } = await shown(QUEUE);
  await user.click(await screen.findByRole("button", { name: "Release runs of acme" }));
  const dialog = await screen.findByRole("dialog", { name: "Release 2 waiting runs?" });
  expect(released.mock.calls).toEqual([[{ key: "acme", dryRun: true }]]);
  await user.type(within(dialog).getByRole("textbox"), "urgent");
  await user.click(within(dialog).getByRole("button", { name: "Release 2" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(released.mock.calls[1]).toEqual([{ key: "acme", reason: "urgent" }]);
});

it("has no buttons for who may only read, and is away while nothing waits", async () => {
  const view = await shown(QUEUE, "read");
  await screen.findByRole("list", { name: "Waiting runs" });
  expect(screen.queryByRole("button", { name: /Release|Clear/ })).toBeNull();
  view.unmount();
  await shown({ ...QUEUE, waiting: 0, byKey: [], runs: [] });
  await waitFor(() => expect(screen.queryByRole("heading", { name: "Queue" })).toBeNull());
});
