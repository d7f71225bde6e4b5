import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { retryAfter } from "./retry";
import { api, body } from "./client";
import type { Kind, Primitive, PrimitiveDraft } from "./types";

export const primitiveKeys = {
  all: ["primitives"] as const,
  list: (filters: object) => [...primitiveKeys.all, "list", filters] as const,
  one: (kind: Kind, slug: string) => [...primitiveKeys.all, kind, slug] as const,
};

const PAGE = 200;
/** The stream tells nothing of primitives: what is shown of them is asked for every few seconds. */
const CHANGES_MS = 10_000;
const changesAfter = (query: Parameters<typeof retryAfter>[0]) => retryAfter(query) || CHANGES_MS;

/** Every primitive that the filters let through: platforms have hundreds of them, not thousands. */
export const primitivesQuery = (filters: { kind?: Kind; search?: string }) =>
  queryOptions({
    queryKey: primitiveKeys.list(filters),
    refetchInterval: changesAfter,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const items: Primitive[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: readonly Primitive[]; nextCursor: string | null } = await body(
          api.GET("/api/primitives", {
            params: { query: { ...filters, limit: PAGE, ...(cursor ? { cursor } : {}) } },
            signal,
          }),
        );
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      return items;
    },
  });

const FOUND = 50;

/** The primitives of a kind that a search finds first; of thousands only these are fetched. */
export const primitiveChoicesQuery = (kind: Kind, search: string) =>
  queryOptions({
    queryKey: [...primitiveKeys.all, "choices", kind, search] as const,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { kind, limit: FOUND, ...(search ? { search } : {}) };
      return (await body(api.GET("/api/primitives", { params: { query }, signal }))).items;
    },
  });

export const primitiveQuery = (kind: Kind, slug: string) =>
  queryOptions({
    queryKey: primitiveKeys.one(kind, slug),
    refetchInterval: changesAfter,
    queryFn: ({ signal }) =>
      body(api.GET("/api/primitives/{name}", { params: { path: { name: slug }, query: { kind } }, signal })),
  });

export const createPrimitive = (draft: PrimitiveDraft) => body(api.POST("/api/primitives", { body: draft }));

type PrimitivePatch = Partial<Omit<PrimitiveDraft, "kind" | "slug">>;

export const changePrimitive = (kind: Kind, slug: string, patch: PrimitivePatch, revision: number) =>
  body(
    api.PATCH("/api/primitives/{name}", {
      params: { path: { name: slug }, query: { kind }, header: { "if-match": `"${revision}"` } },
      body: patch,
    }),
  );

export const archivePrimitive = (kind: Kind, slug: string) =>
  api.DELETE("/api/primitives/{name}", { params: { path: { name: slug }, query: { kind } } });

export const executePrimitive = (path: string, slug: string, payload: unknown) =>
  body(
    api.POST("/api/{plural}/{name}/execute", {
      params: { path: { plural: path, name: slug } },
      body: payload === undefined ? {} : { payload: payload as never },
    }),
  );
