// @vitest-environment jsdom
import "@/testing/setup";

import { act, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { ApiError } from "@/api/client";
import { show } from "@/testing/render";

import { notifyDone, notifyError } from "./messages";
import { Toasts } from "./toast";

const texts = () => [...document.querySelectorAll("[data-toast] p")].map((one) => one.textContent);

it("shows what was done, and its undo until it is done", async () => {
  const undo = vi.fn().mockResolvedValueOnce(false).mockResolvedValue(true);
  const { user } = await show(<Toasts />);
  act(() => notifyDone("Scout is paused.", undo, "scout"));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  // One that failed can be tried again.
  await waitFor(() => expect(undo).toHaveBeenCalledTimes(1));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(texts()).toEqual([]));
  expect(undo).toHaveBeenCalledTimes(2);
});

it("keeps an error with its hint until it is dismissed, and no more than three messages", async () => {
  const { user } = await show(<Toasts />);
  act(() => {
    notifyError(
      new ApiError({ code: "internal", status: 500, detail: "It failed.", hint: "Look at the log." } as never),
    );
    for (const name of ["One", "Two", "Three"]) notifyDone(`${name} is done.`);
  });
  expect(texts()).toEqual(["It failed.Look at the log.", "Two is done.", "Three is done."]);
  await user.click(screen.getAllByRole("button", { name: "Dismiss" })[0] as HTMLElement);
  expect(texts()).toEqual(["Two is done.", "Three is done."]);
});

it("ends the undo of a message when a newer one is about the same", async () => {
  await show(<Toasts />);
  act(() => {
    notifyDone("Scout is paused.", () => true, "scout");
    notifyDone("Scout is resumed.", undefined, "scout");
  });
  expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
});
