// @vitest-environment jsdom
import "@/testing/setup";

import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { AutomationDetail } from "@/api/types";
import { show } from "@/testing/render";

import { ErrorNotes } from "./error-notes";

const WELL = { accountingError: null, accountedUntil: null, accountingRetryAt: null, lastFilterError: null };

it("says nothing where all went well", async () => {
  const { container } = await show(<ErrorNotes automation={WELL as unknown as AutomationDetail} />);
  expect(container.textContent).toBe("");
});

it("says since when missed runs are not recorded, why, and when it is tried again", async () => {
  const automation = {
    ...WELL,
    accountingError: "the database took too long",
    accountedUntil: "2026-03-02T10:00:00Z",
    accountingRetryAt: new Date(Date.now() + 5 * 60_000).toISOString(),
  };
  await show(<ErrorNotes automation={automation as unknown as AutomationDetail} />);
  expect(screen.getByRole("note", { name: "Missed runs are not recorded" }).textContent).toMatch(
    /^Missed runs since .*2.* are not recorded yet: the database took too long\. The schedule still fires\. Next try in 5 m\.$/,
  );
});

it("says why the filter failed, and how to replay the delivery", async () => {
  const automation = {
    ...WELL,
    lastFilterError: {
      at: new Date().toISOString(),
      deliveryId: "d-1",
      code: "filter_error",
      reason: "no such key: total",
    },
  };
  await show(<ErrorNotes automation={automation as unknown as AutomationDetail} />);
  const note = screen.getByRole("note", { name: "Filter error" }).textContent;
  expect(note).toContain("so it did not fire: no such key: total.");
  expect(note).toContain("podium deliveries replay d-1");
});
