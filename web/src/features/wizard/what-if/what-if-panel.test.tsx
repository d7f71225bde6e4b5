// @vitest-environment jsdom
import "@/testing/setup";

import { screen, within } from "@testing-library/react";
import { useState } from "react";
import { expect, it, vi } from "vitest";

import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";
import { whatIfAnswer } from "@/testing/what-if";

import { emptyForm, type Form } from "../draft";
import { AS_MEASURED, whatIfOf } from "./request";
import { useWhatIf } from "./use-what-if";
import { WhatIfPanel } from "./what-if-panel";

function Panel({ form }: { form: Form }) {
  const [assumed, assume] = useState(AS_MEASURED);
  const asked = useWhatIf(whatIfOf(form, form, "digest", assumed, "UTC"));
  return <WhatIfPanel form={form} asked={asked} assumed={assumed} onAssume={assume} />;
}

const event: Form = { ...emptyForm("agent", "scout", "UTC"), source: "event" };

it("shows load, waits, cost and budget before and after, what they rest on, and tries other deliveries", async () => {
  answer("get", "/api/session", () => ({ name: "me", scope: "admin" }) as never);
  const asked: unknown[] = [];
  const budget = { limitUsd: "20", spentUsd: "3", endsAt: "2026-03-20T14:00:00Z", p90EndsAt: null };
  answer("post", "/api/load/what-if", ({ body }) => {
    asked.push(body);
    const found = whatIfAnswer(0, 90_000);
    const [mine] = found.automations;
    if (!mine) throw new Error("nothing was answered");
    return { ...found, automations: [{ ...mine, after: { ...mine.after, budget } }] };
  });
  const { user } = await show(<Panel form={event} />);
  const own = await screen.findByLabelText("This automation", {}, { timeout: 3000 });
  expect(own.textContent).toContain("95 of 100 wait at mostnone →becomes 1 m 30 s");
  expect(own.textContent).toContain("Longest waitnone →becomes 3 m 0 s");
  expect(own.textContent).toContain("Cost per month$15.00");
  expect(own.textContent).toContain("Budgetnone →becomes $20.00, spent Fri");
  expect(screen.getByRole("img", { name: "Now: 48 starts, at most 0 waiting" })).toBeTruthy();
  expect(screen.getByRole("img", { name: "After saving: 48 starts, at most 1 waiting" })).toBeTruthy();
  await user.click(screen.getByText(/Rests on 50 measured runs, 20 Feb to 1 Mar, 1,400 deliveries/));
  expect(within(screen.getByRole("list", { name: "What this rests on" })).getByText(/its last 50 runs/)).toBeTruthy();
  await user.type(screen.getByLabelText("Deliveries per hour"), "30");
  await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 3000 });
  expect(asked[1]).toMatchObject({ changes: [{ automation: "digest", assume: { arrivalsPerHour: 30 } }] });
});

it("says why there is no answer", async () => {
  answer("get", "/api/session", () => ({ name: "me", scope: "admin" }) as never);
  answer("post", "/api/load/what-if", () => refusal(422, "limit_exceeded", "too many runs would arrive"));
  await show(<Panel form={event} />);
  await screen.findByText(/too many runs would arrive/i, {}, { timeout: 3000 });
});

it("asks nothing while the form is not complete, or for a key that may only read", async () => {
  answer("get", "/api/session", () => ({ name: "me", scope: "read" }) as never);
  await show(<Panel form={event} />);
  await screen.findByText("Needs the scope operate.");
  answer("get", "/api/session", () => ({ name: "me", scope: "admin" }) as never);
  await show(<Panel form={{ ...event, payload: "{" }} />);
  await screen.findByText("Complete the form to see what it changes.");
});
