import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { retryAfter } from "./requests/retry";
import { api, body } from "./client";
import type { Kind, Primitive, PrimitiveDraft } from "./types";

export const primitiveKeys = {
  all: ["primitives"] as const,
  list: (filters: object) => [...primitiveKeys.all, "list", filters] as const,
  one: (kind: Kind, slug: string) => [...primitiveKeys.all, kind, slug] as const,
};

const PAGE = 200;
/** The stream sends no events about primitives, so they are polled. */
const CHANGES_MS = 10_000;
const changesAfter = (query: Parameters<typeof retryAfter>[0]) => retryAfter(query) || CHANGES_MS;

/** All primitives that match the filters; there are hundreds, not thousands. */
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

/** The first primitives of a kind that match a search. */
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

export const setPrimitiveActive = (kind: Kind, slug: string, isActive: boolean) =>
  body(
    api.PATCH("/api/primitives/{name}", {
      params: { path: { name: slug }, query: { kind } },
      body: { isActive } as never,
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
