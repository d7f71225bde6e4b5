import { http, HttpResponse, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";

import type { paths } from "@/api/schema";
import { readJson } from "@/lib/text/exact-json";

type Method = "get" | "post" | "patch" | "delete";
type Answer<Path extends keyof paths, Verb extends Method> = paths[Path][Verb] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : paths[Path][Verb] extends { responses: { 201: { content: { "application/json": infer Body } } } }
    ? Body
    : unknown;

interface Asked {
  url: URL;
  body: unknown;
}

export const unmocked: string[] = [];

/** A mock of our API for component tests. A request without a mock fails the test (see `setup.ts`). */
export const mockApi = setupServer(
  http.all("*", ({ request }) => {
    unmocked.push(`${request.method} ${request.url}`);
    return HttpResponse.error();
  }),
);

/** Answers requests to an endpoint. The type check holds the answer to the schema of the API. */
export function answer<Path extends keyof paths & `/api/${string}`, Verb extends Method>(
  verb: Verb,
  path: Path,
  reply: (asked: Asked) => Answer<Path, Verb> | Response | Promise<Answer<Path, Verb> | Response>,
): void {
  mockApi.use(
    http[verb](`*${path.replaceAll(/\{(\w+)\}/g, ":$1")}`, async ({ request }) => {
      const text = await request.text();
      const found = await reply({ url: new URL(request.url), body: text ? readJson(text) : undefined });
      return found instanceof Response ? found : HttpResponse.json(found as JsonBodyType);
    }),
  );
}

/** An error response in the API's format. */
export const refusal = (status: number, code: string, detail: string) =>
  HttpResponse.json({ type: "about:blank", title: code, status, code, detail }, { status });
