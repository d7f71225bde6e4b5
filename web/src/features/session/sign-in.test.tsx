// @vitest-environment jsdom
import "@/testing/setup";

import { screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { sessionKeys } from "@/api/session";
import { answer, refusal } from "@/testing/api";
import { show } from "@/testing/render";

import { SignIn } from "./sign-in";

const SESSION = { name: "ann", scope: "admin" as const, temporalUrl: "http://temporal.test", spreadMinutes: 0 };

it("signs in with a key", async () => {
  answer("post", "/api/session", ({ body }) => {
    expect(body).toEqual({ key: "pk_ann" });
    return SESSION as never;
  });
  const { user, queries } = await show(<SignIn />);
  await user.type(screen.getByLabelText("API key"), "pk_ann{Enter}");
  await waitFor(() => expect(queries.getQueryData(sessionKeys.all)).toMatchObject({ name: "ann" }));
});

it("says at the field why a key was refused, and can be tried again", async () => {
  answer("post", "/api/session", () => refusal(401, "unauthorized", "this key is not known"));
  const { user } = await show(<SignIn />);
  await user.type(screen.getByLabelText("API key"), "pk_nobody{Enter}");
  await screen.findByText("This key is not known");
  expect(screen.getByLabelText("API key").getAttribute("aria-invalid")).toBe("true");
  expect((screen.getByRole("button", { name: "Sign in" }) as HTMLButtonElement).disabled).toBe(false);
});

it("says which sign-in link was refused", async () => {
  await show(<SignIn />, "/?refused=sign_in_link_used");
  expect(screen.getByRole("alert").textContent).toContain("has already been used");
});
