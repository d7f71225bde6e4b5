import { describe, expect, it } from "vitest";

import { REDACTED } from "@/api/redacted";
import { writeJson } from "@/lib/text/exact-json";

import { draftOf, emptyForm, NO_SAMPLE, patchOf, previewOf, wantsSecret, withSecret } from "./draft";

describe("what the form sends", () => {
  const form = { ...emptyForm("agent", "scout", "Europe/Berlin"), name: "Nightly Scout" };

  it("is the config of the chosen source and of no other", () => {
    const draft = draftOf({ ...form, source: "event", event: { name: "order.created", filter: " " } });
    expect(draft).toMatchObject({
      slug: "nightly-scout",
      primitive: { kind: "agent", slug: "scout" },
      source: "event",
      event: { name: "order.created", filter: null },
      budgetUsdMonth: null,
      spreadMinutes: 0,
    });
    expect(draft).not.toHaveProperty("schedule");
  });

  it("has Slack's events as a list", () => {
    const slack = { ...form.slack, events: "message, app_mention ,", command: "/ask" };
    expect(draftOf({ ...form, source: "slack", slack }).slack).toMatchObject({
      events: ["message", "app_mention"],
      command: "/ask",
    });
  });

  it("leaves slug and source alone when it edits", () => {
    const patch = patchOf(form, { ...form, schedule: { ...form.schedule, cronExpr: "0 8 * * *" } });
    expect(patch).not.toHaveProperty("slug");
    expect(patch).not.toHaveProperty("source");
    expect(patch).toMatchObject({ schedule: { cronExpr: "0 9 * * *", timezone: "Europe/Berlin" } });
  });

  it("is only what was changed, so that a payload keeps every digit that the server has of it", () => {
    const base = { ...form, payload: '{"id": 9007199254740993}' };
    expect(patchOf({ ...base, description: "Nightly." }, base)).toEqual({ description: "Nightly." });
    expect(patchOf(base, base)).toEqual({});
    const other = patchOf({ ...base, payload: '{"id": 9007199254740995, "rate": 0.1}' }, base);
    expect(writeJson(other)).toBe('{"payload":{"id":9007199254740995,"rate":0.1}}');
  });

  it("is a new secret only where the server is to make one", () => {
    const hook = { ...form, source: "webhook" as const, webhook: { ...form.webhook, path: "in" } };
    expect(wantsSecret(hook)).toBe(true);
    expect(wantsSecret(form)).toBe(false);
    expect(draftOf(withSecret(hook, "whsec_1")).webhook).toMatchObject({ path: "in", secret: "whsec_1" });
    const open = { ...hook, webhook: { ...hook.webhook, verification: "none", secret: "left over" } };
    expect(wantsSecret(open)).toBe(false);
    expect(draftOf(open).webhook?.secret).toBeNull();
  });

  it("keeps a sealed secret, and takes the one before it away when asked to", () => {
    const before = {
      ...form,
      source: "webhook" as const,
      webhook: { ...form.webhook, secretFrom: "kept" as const, previousSecret: REDACTED },
    };
    const moved = { ...before, webhook: { ...before.webhook, path: "elsewhere" } };
    expect(patchOf(moved, before).webhook).toMatchObject({ secret: REDACTED });
    expect(patchOf(moved, before).webhook).not.toHaveProperty("previousSecret");
    const dropped = { ...before, webhook: { ...before.webhook, previousSecret: "" } };
    expect(patchOf(dropped, before).webhook).toMatchObject({ previousSecret: null });
  });
});

describe("what the preview is asked", () => {
  const hook = {
    ...emptyForm("agent", "", "UTC"),
    source: "webhook" as const,
    webhook: { ...emptyForm("agent", "", "UTC").webhook, path: "in", secretFrom: "own" as const, secret: "hidden" },
  };

  it("never holds a secret", () => {
    const asked = previewOf(hook, null, NO_SAMPLE);
    expect(asked.webhook).toEqual({ path: "in", filter: null });
    expect(JSON.stringify(asked)).not.toContain("hidden");
  });

  it("has the sample once it is JSON, and the budget once it is an amount", () => {
    expect(previewOf({ ...hook, budgetUsdMonth: "2." }, null, { payload: "{", headers: "" })).not.toHaveProperty(
      "sample",
    );
    const asked = previewOf({ ...hook, budgetUsdMonth: "2.5" }, null, { payload: '{"a": 1}', headers: '{"x": "y"}' });
    expect(asked.sample).toEqual({ payload: { a: 1 }, headers: { x: "y" } });
    expect(asked.budgetUsdMonth).toBe("2.5");
    expect(previewOf({ ...hook, budgetUsdMonth: "2." }, null, NO_SAMPLE)).not.toHaveProperty("budgetUsdMonth");
  });
});
