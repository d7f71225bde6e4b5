// @vitest-environment jsdom
import "@/testing/setup";

import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Impact, ImpactedAutomation } from "@/api/types";
import { show } from "@/testing/render";

import { ImpactList } from "./impact-list";

const NONE = { nextAt: null, withinDay: 0, withinWeek: 0 };
const IN_2_H = new Date(Date.now() + 2 * 3_600_000).toISOString();
const EMPTY: Impact = {
  due: NONE,
  estMonthlyCost: "0",
  automations: [],
  automationsLeftOut: 0,
  primitives: [],
  asks: false,
};

const touched = (name: string, part: Partial<ImpactedAutomation>): ImpactedAutomation => ({
  id: name,
  slug: name,
  name,
  kind: "agent",
  isActive: true,
  effect: "needs",
  structural: false,
  distance: 1,
  text: "depends on Synthesis",
  due: NONE,
  lost: NONE,
  estMonthlyCost: null,
  ...part,
});

it("tells who loses fires, who depends on it, and who goes on", async () => {
  const impact: Impact = {
    ...EMPTY,
    due: { nextAt: IN_2_H, withinDay: 1, withinWeek: 7 },
    estMonthlyCost: "2.5",
    automations: [
      touched("Digest", {
        effect: "not_fired",
        text: "is fired when Synthesis has completed",
        lost: { ...NONE, withinDay: 1, withinWeek: 7 },
      }),
      touched("Bridge", { due: { nextAt: IN_2_H, withinDay: 1, withinWeek: 7 }, estMonthlyCost: "0.5" }),
      touched("Sleeper", { isActive: false }),
      touched("Desk", { effect: "shares", structural: true, text: "runs it too" }),
    ],
    automationsLeftOut: 3,
    primitives: [
      { id: "1", kind: "agent", slug: "a", name: "A", text: "keeps its capacity" },
      { id: "2", kind: "agent", slug: "b", name: "B", text: "keeps its capacity" },
    ],
  };
  const { container } = await show(<ImpactList impact={impact} running={2} />);
  const lines = within(screen.getByRole("list", { name: "What it touches" }))
    .getAllByRole("listitem")
    .map((one) => one.textContent);
  expect(lines).toEqual([
    "Digest is fired when Synthesis has completedloses up to 1 fire in 24 h and 7 in 7 days",
    "Bridge depends on Synthesisdue in 2 h · 7 in 7 days · $0.50 a month",
    "Sleeper depends on Synthesispaused",
    "and 3 more automations",
  ]);
  const text = container.textContent;
  expect(text).toContain("A, B: keeps its capacity.");
  expect(text).toContain("It would fire 1 time in 24 h and 7 in 7 days, about $2.50 a month; the next time in 2 h.");
  expect(text).toContain("2 runs in progress will continue.");
  expect(text).toContain("Not affected, although it uses the same agent: Desk.");
});

it("says that nothing depends on it", async () => {
  const { container } = await show(<ImpactList impact={EMPTY} what="They" />);
  expect(container.textContent).toBe("Nothing depends on them.");
});
