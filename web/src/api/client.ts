import createClient, { type Middleware } from "openapi-fetch";

import { readJson, writeJson } from "@/lib/text/exact-json";
import { sentence } from "@/lib/text/sentence";

import type { paths } from "./schema";
import type { Problem } from "./types";
import { trackPending } from "./requests/pending-requests";

/** An error response of the API: programs branch on `code`, people read the message and the hint. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | null;
  /** Messages by the dotted name of the invalid field. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(problem: Pick<Problem, "code" | "status" | "detail"> & Partial<Problem>) {
    super(sentence(problem.detail));
    this.name = "ApiError";
    this.code = problem.code;
    this.status = problem.status;
    this.hint = problem.hint ?? null;
    const fields = problem.errors?.length
      ? problem.errors
      : problem.field
        ? [{ field: problem.field, detail: problem.detail }]
        : [];
    this.fields = Object.fromEntries(fields.map((one) => [one.field, sentence(one.detail)]));
  }
}

/** Error codes for a failed connection and for a timeout. */
export const UNREACHABLE = "unreachable";
export const SILENT = "silent";

const PATIENCE_MS = 30_000;
/** Changing thousands of automations or waiting runs, or planning to, may take longer. */
const OF_MANY_MS = 120_000;
const OF_MANY = /\/bulk$|\/load\/spread|\/queue\/(release|clear)$|\/backfill$|\/runs\/rerun$|\/backfills\//;

export async function problemOf(response: Response): Promise<ApiError> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json")) {
    const found: unknown = await response.json().catch(() => null);
    if (found && typeof found === "object" && "code" in found) return new ApiError(found as Problem);
  }
  return new ApiError({
    code: "internal",
    status: response.status,
    detail: `Podium returned an error without details (HTTP ${response.status}).`,
  });
}

function silence(changes: boolean): ApiError {
  return new ApiError({
    code: SILENT,
    status: 0,
    detail: "Podium is not responding.",
    hint: changes
      ? "The change may still have been made. Check before you try again."
      : "The request timed out. Check that Podium is running and see the API log; this page retries automatically.",
  });
}

const isNamed = (error: unknown, name: string) => error instanceof DOMException && error.name === name;

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error, request }) {
    if (isNamed(error, "AbortError")) throw error;
    if (isNamed(error, "TimeoutError")) return silence(request.method !== "GET");
    return new ApiError({
      code: UNREACHABLE,
      status: 0,
      detail: "Podium is not responding.",
      hint: "Check that Podium is running and that you are online; this page retries automatically.",
    });
  },
};

/** `fetch` with a time limit. */
function ask(request: Request): Promise<Response> {
  const patience = AbortSignal.timeout(OF_MANY.test(request.url) ? OF_MANY_MS : PATIENCE_MS);
  return trackPending(fetch(request, { signal: AbortSignal.any([request.signal, patience]) }));
}

const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: ask,
  bodySerializer: (value) => writeJson(value),
});
client.use(problems);

/** Leaves the body unparsed for `body`: the client's JSON.parse would round large numbers. */
function asText<Method>(method: Method): Method {
  const call = method as (url: string, init?: object) => unknown;
  return ((url: string, init?: object) => call(url, { ...init, parseAs: "text" })) as Method;
}

export const api = {
  GET: asText(client.GET),
  POST: asText(client.POST),
  PATCH: asText(client.PATCH),
  DELETE: asText(client.DELETE),
};

/** Parses the body of a successful response, with numbers of any size. */
export async function body<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  try {
    const text = (await answer).data as string | undefined;
    return (text ? readJson(text) : undefined) as Data;
  } catch (error) {
    // The response started and did not end in time.
    throw isNamed(error, "TimeoutError") ? silence(false) : error;
  }
}
