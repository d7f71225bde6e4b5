// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { answer } from "@/testing/api";
import { show } from "@/testing/render";

import { Palette } from "./palette";

const row = (name: string) => ({
  id: name,
  slug: name.toLowerCase(),
  name,
  description: "",
  primitiveType: "agent",
  config: {},
});

function searched() {
  answer("get", "/api/live/automations", async ({ url }) => {
    const wanted = url.searchParams.get("search") ?? "";
    await new Promise((resolve) => setTimeout(resolve, 50));
    const automations = ["Archivist", "Barometer"].map(row).filter((one) => one.slug.includes(wanted));
    return { automations, summary: { total: automations.length }, nextCursor: null } as never;
  });
  answer("get", "/api/primitives", () => ({ items: [], nextCursor: null }) as never);
}

it("opens what was typed, however soon Enter comes", async () => {
  searched();
  const { user, router } = await show(<Palette open onOpenChange={() => undefined} />);
  await user.keyboard("arch");
  await screen.findByRole("option", { name: /Archivist/ });
  await user.clear(screen.getByRole("combobox"));
  await user.keyboard("baro{Enter}");
  await waitFor(() => expect(router.state.location.href).toContain("barometer"));
});

it("finds pages without the server, and says when nothing is found", async () => {
  searched();
  const { user } = await show(<Palette open onOpenChange={() => undefined} />);
  await user.keyboard("calen");
  expect(screen.getAllByRole("option")[0]?.textContent).toContain("Calendar");
  await user.clear(screen.getByRole("combobox"));
  await user.keyboard("zzz");
  await screen.findByText("No results.");
});
