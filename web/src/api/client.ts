import createClient, { type Middleware } from "openapi-fetch";

import { sentence } from "@/lib/sentence";

import type { paths } from "./schema";
import type { Problem } from "./types";

/** A refusal of the API's: programs branch on `code`, people read the message and the hint. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | null;
  /** What is wrong, by the dotted name of the field at fault. */
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

/** The code of a request that got no answer at all. */
export const UNREACHABLE = "unreachable";

async function problemOf(response: Response): Promise<ApiError> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json")) {
    const found: unknown = await response.json().catch(() => null);
    if (found && typeof found === "object" && "code" in found) return new ApiError(found as Problem);
  }
  return new ApiError({
    code: "internal",
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
  });
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    return new ApiError({
      code: UNREACHABLE,
      status: 0,
      detail: "Podium does not answer.",
      hint: "Check that it is running and that you are online; this page tries again by itself.",
    });
  },
};

export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? "" });
api.use(problems);

/** Gives the body of an answer; errors have been thrown before. */
export async function body<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  return (await answer).data as Data;
}
