import { describe, expect, it } from "vitest";

import { draftOf, emptyForm, patchOf } from "./draft";

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
    const patch = patchOf(form);
    expect(patch).not.toHaveProperty("slug");
    expect(patch).not.toHaveProperty("source");
    expect(patch).toMatchObject({ schedule: { cronExpr: "0 9 * * *", timezone: "Europe/Berlin" } });
  });
});
