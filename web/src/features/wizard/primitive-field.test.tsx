// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { PrimitiveField } from "./primitive-field";

const ALL = ["Archivist", "Fact Checker", "Trend Spotter"].map((name) => ({
  id: name,
  kind: "agent",
  slug: name.toLowerCase().replace(" ", "-"),
  name,
}));

/** A search mock that answers after Enter was pressed. */
function searched(delayMs: number) {
  answer("get", "/api/primitives", async ({ url }) => {
    const wanted = url.searchParams.get("search") ?? "";
    if (wanted) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return { items: ALL.filter((one) => one.slug.includes(wanted)), nextCursor: null } as never;
  });
}

it("takes what was typed, however soon Enter comes", async () => {
  searched(60);
  const onChange = vi.fn();
  const { user } = await show(<PrimitiveField kind="agent" value="" error={undefined} onChange={onChange} />);
  await user.click(screen.getByRole("combobox"));
  await screen.findByRole("option", { name: /Archivist/ });
  await user.keyboard("trend{Enter}");
  await waitFor(() => expect(onChange).toHaveBeenCalled());
  expect(onChange.mock.calls).toEqual([["trend-spotter"]]);
  expect(screen.getByRole("combobox").getAttribute("aria-expanded")).toBe("false");
});

it("takes nothing where nothing has the typed name, or the field was left", async () => {
  searched(60);
  const onChange = vi.fn();
  const { user } = await show(<PrimitiveField kind="agent" value="" error={undefined} onChange={onChange} />);
  await user.click(screen.getByRole("combobox"));
  await screen.findByRole("option", { name: /Archivist/ });
  await user.keyboard("nobody{Enter}");
  await waitFor(() => expect(screen.getByRole("combobox").getAttribute("aria-expanded")).toBe("false"));
  await user.keyboard("fact{Enter}{Tab}");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(onChange).not.toHaveBeenCalled();
});
