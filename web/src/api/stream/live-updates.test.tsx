// @vitest-environment jsdom
import "@/testing/setup";

import { act, screen, waitFor } from "@testing-library/react";
import { useQuery } from "@tanstack/react-query";
import { beforeEach, expect, it, vi } from "vitest";

import { FreshnessMark } from "@/features/shell/freshness-mark";
import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { automationKeys } from "../automations";
import { liveListQuery } from "../live";
import { useLiveUpdates } from "./live-updates";

class FakeStream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static newest: FakeStream;
  readyState = 1;
  constructor() {
    super();
    FakeStream.newest = this;
  }
  close() {
    this.readyState = 2;
  }
  say(name: string, data: unknown = {}) {
    act(() => void this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) })));
  }
}

const row = (id: string, part: object = {}) => ({
  id,
  slug: id,
  name: id,
  severity: "healthy",
  state: "ok",
  isActive: true,
  isArchived: false,
  revision: 1,
  stats: { totalRuns: 1 },
  ...part,
});

function Page() {
  useLiveUpdates();
  const list = useQuery(liveListQuery({}));
  return (
    <>
      <FreshnessMark />
      {list.data?.automations.map((one) => (
        <p key={one.id}>{`${one.name} ${one.state} ${one.stats.totalRuns}`}</p>
      ))}
    </>
  );
}

let lists = 0;
beforeEach(() => {
  vi.stubGlobal("EventSource", FakeStream);
  lists = 0;
  answer("get", "/api/live/automations", () => {
    lists += 1;
    return { automations: [row("scout"), row("archivist")], summary: { total: 2 }, nextCursor: null } as never;
  });
});

it("shows a row of the stream without asking for the list", async () => {
  await show(<Page />);
  await screen.findByText("scout ok 1");
  FakeStream.newest.say("automation", row("scout", { stats: { totalRuns: 2 } }));
  await screen.findByText("scout ok 2");
  expect(screen.getByText("archivist ok 1")).toBeTruthy();
  expect(screen.getByRole("status").textContent).toContain("Live");
  expect(lists).toBe(1);
});

it("asks for the list again where a row is counted differently or is new", async () => {
  await show(<Page />);
  await screen.findByText("scout ok 1");
  FakeStream.newest.say("automation", row("scout", { state: "paused", isActive: false }));
  await screen.findByText("scout paused 1");
  await waitFor(() => expect(lists).toBe(2), { timeout: 2500 });
});

it("asks for everything when the stream has lost its place", async () => {
  await show(<Page />);
  await screen.findByText("scout ok 1");
  FakeStream.newest.say("resync");
  await waitFor(() => expect(lists).toBe(2), { timeout: 2000 });
});

it("never gives a loaded detail a revision without the schedule and payload of that revision", async () => {
  const { queries } = await show(<Page />);
  await screen.findByText("scout ok 1");
  queries.getQueryCache().build(queries, { queryKey: automationKeys.one("still-loading") });
  queries.setQueryData(automationKeys.one("scout"), { ...row("scout"), payload: { old: true } });
  FakeStream.newest.say("automation", row("scout", { stats: { totalRuns: 5 } }));
  await screen.findByText("scout ok 5");
  expect(queries.getQueryData(automationKeys.one("scout"))).toMatchObject({
    stats: { totalRuns: 5 },
    payload: { old: true },
  });
  expect(queries.getQueryData(automationKeys.one("still-loading"))).toBeUndefined();
  FakeStream.newest.say("automation", row("scout", { revision: 2, stats: { totalRuns: 6 } }));
  await screen.findByText("scout ok 6");
  expect(queries.getQueryData(automationKeys.one("scout"))).toMatchObject({ revision: 1, stats: { totalRuns: 5 } });
});
