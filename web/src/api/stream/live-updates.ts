import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { automationKeys } from "../automations";
import { budgetKeys } from "../budgets";
import { controlKeys } from "../control";
import { liveKeys } from "../live";
import { noticeKeys } from "../notices";
import { outlookKeys } from "../outlook";
import { isRetryable } from "../requests/retry";
import { runKeys } from "../runs";
import type { Automation, RunNotice } from "../types";
import { applyRows } from "./apply-rows";
import { openEventStream } from "./event-stream";
import { refresher } from "./refresher";

const CHECK_MS = 5000;
/** Rows of one change arrive together; thousands of them must not render one by one. */
const PATCH_MS = 200;
/** Refetches order, counts and load after rows changed: soon if a row is new or classified differently, later otherwise. */
const JUDGED_MS = 3000;
const FIGURES_MS = 15_000;
const RUNS_MS = 2000;
const DETAIL_MS = 2000;

const CHANGING: ReadonlySet<unknown> = new Set(
  [liveKeys, runKeys, automationKeys, outlookKeys, noticeKeys, budgetKeys, controlKeys].map(({ all }) => all[0]),
);

/** The run queries that any run can change. */
const OF_MANY_RUNS: ReadonlySet<unknown> = new Set(["list", "latest", "queue"]);

/** Keeps everything on the page up to date while it is open: by the server's stream, or by polling. */
export function useLiveUpdates(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const rows = new Map<string, Automation>();
    const named = new Set<string>();
    const runs = new Set<string>();

    const everything = refresher(() => invalidate(queries, isStaleAfterReset));
    const lists = refresher(() => invalidate(queries, ({ queryKey: [first, second] }) => isList(first, second)));
    const failed = refresher(() => invalidate(queries, hasFailed));
    const calendar = refresher(() => invalidate(queries, ({ queryKey: [first, second] }) => isCalendar(first, second)));
    const details = refresher(() => {
      const changed = drained(named);
      return invalidate(queries, ({ queryKey: [first, second, third] }) =>
        first === automationKeys.all[0]
          ? changed.has(String(second))
          : first === outlookKeys.all[0] && second === "next" && changed.has(String(third)),
      );
    });
    const runLists = refresher(() => {
      const changed = drained(runs);
      return invalidate(
        queries,
        ({ queryKey: [first, second] }) =>
          first === runKeys.all[0] && (OF_MANY_RUNS.has(second) || changed.has(String(second))),
      );
    });
    const patches = refresher(() => {
      lists.ask(applyRows(queries, rows) ? JUDGED_MS : FIGURES_MS);
      for (const row of rows.values()) named.add(row.slug).add(row.id);
      rows.clear();
      details.ask(DETAIL_MS);
      failed.ask(RUNS_MS);
      calendar.ask(JUDGED_MS);
      return Promise.resolve(false);
    }, PATCH_MS);

    const stream = openEventStream({
      onReset: () => everything.ask(),
      onAutomation: (data) => {
        const row = JSON.parse(data) as Automation;
        rows.set(row.id, row);
        patches.ask();
      },
      onRun: (data) => {
        const { runId, parentRunId } = JSON.parse(data) as RunNotice;
        runs.add(runId);
        if (parentRunId) runs.add(parentRunId);
        runLists.ask(RUNS_MS);
        failed.ask(RUNS_MS);
        calendar.ask(JUDGED_MS);
      },
    });
    const poll = setInterval(stream.check, CHECK_MS);
    return () => {
      clearInterval(poll);
      stream.close();
      for (const one of [everything, lists, failed, calendar, details, runLists, patches]) one.stop();
    };
  }, [queries]);
}

/** Whether a query may succeed now that the server responds again. */
const hasFailed = ({ state }: Query) => state.status === "error" && isRetryable(state.error);

/** What people read does not move: the pages of the run list are compared with its head, which is read again. */
const isRead = ({ queryKey: [first, second] }: Query) => first === runKeys.all[0] && second === "pages";

const isStaleAfterReset = (query: Query) => (CHANGING.has(query.queryKey[0]) && !isRead(query)) || hasFailed(query);

const OF_MANY: ReadonlySet<unknown> = new Set([liveKeys, noticeKeys, budgetKeys, controlKeys].map(({ all }) => all[0]));

const isList = (first: unknown, second: unknown) =>
  OF_MANY.has(first) || (first === outlookKeys.all[0] && second === "density");

const isCalendar = (first: unknown, second: unknown) => first === outlookKeys.all[0] && second === "calendar";

function drained(names: Set<string>): ReadonlySet<string> {
  const found = new Set(names);
  names.clear();
  return found;
}

/**
 * Refetches the active queries and marks the others as stale. A list that is loading another page is skipped;
 * the result is then true, to run again.
 */
async function invalidate(queries: QueryClient, concerned: (query: Query) => boolean): Promise<boolean> {
  let left = false;
  await queries.invalidateQueries({
    predicate: (query) => {
      if (!concerned(query)) return false;
      const { fetchStatus, fetchMeta } = query.state;
      const loadsMore = fetchStatus === "fetching" && fetchMeta?.fetchMore !== undefined;
      left ||= loadsMore;
      return !loadsMore;
    },
  });
  return left;
}
