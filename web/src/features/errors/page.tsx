import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Search, ShieldCheck } from "lucide-react";

import { errorsQuery } from "@/api/errors";
import type { ErrorGroup } from "@/api/types";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Pills } from "@/components/ui/pills";
import { Segmented } from "@/components/ui/segmented";
import { count, plural } from "@/lib/text/format";
import { useDebounced } from "@/lib/use-debounced";

import { GroupTable } from "./group-table";
import { OUTCOMES, SPAN_LIST, SPANS, STANDINGS } from "./words";

/** What goes wrong: runs that ended in the same way are one line, however many automations they belong to. */
export function ErrorsPage() {
  const search = useSearch({ from: "/errors" });
  const navigate = useNavigate({ from: "/errors" });
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const { outcome, state, q, sort, span = "24h" } = search;
  const words = useDebounced(q ?? "", 250);
  const errors = useQuery(
    errorsQuery(SPANS[span], {
      // Skips are many and mostly meant: they are shown when asked for.
      outcome: outcome?.length ? outcome : ["failed"],
      ...(state?.length ? { state } : {}),
      ...(words ? { q: words } : {}),
      ...(sort ? { sort } : {}),
    }),
  );
  const page = errors.data;
  const isFiltered = Boolean(outcome?.length || state?.length || q);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <h1 className="mr-1 text-base font-semibold">Errors</h1>
        <Segmented
          label="Time"
          options={SPAN_LIST}
          value={span}
          onChange={(next) => change({ span: next === "24h" ? undefined : next })}
        />
        <Segmented
          label="Runs that"
          options={[
            { value: "failed", label: "Failed" },
            { value: "skipped", label: "Were skipped" },
            { value: "missed", label: "Were missed" },
          ]}
          value={outcome?.[0] ?? "failed"}
          onChange={(next) => change({ outcome: next === "failed" ? undefined : [next as keyof typeof OUTCOMES] })}
        />
        <Pills
          label="State"
          pills={Object.entries(STANDINGS).map(([value, { label }]) => ({
            value: value as ErrorGroup["state"],
            label,
          }))}
          chosen={state ?? []}
          onChange={(next) => change({ state: next.length ? next : undefined })}
        />
        <span className="relative w-64">
          <Search className="pointer-events-none absolute top-2 left-2 size-4 text-ink-3" />
          <Input
            type="search"
            aria-label="Search errors"
            className="pl-8"
            placeholder="Words of the error"
            defaultValue={q ?? ""}
            onChange={(event) => change({ q: event.target.value || undefined })}
          />
        </span>
        <span className="flex-1" />
        <Segmented
          label="Order"
          options={[
            { value: "runs", label: "Most frequent" },
            { value: "lastSeen", label: "Latest" },
            { value: "firstSeen", label: "Newest" },
          ]}
          value={sort ?? "runs"}
          onChange={(next) => change({ sort: next === "runs" ? undefined : next })}
        />
      </div>
      <div className="rounded-lg border border-line bg-panel">
        {errors.isPending ? (
          <Skeleton rows={8} />
        ) : errors.isError && !page ? (
          <Failure error={errors.error} onRetry={() => void errors.refetch()} />
        ) : page && page.items.length > 0 ? (
          <GroupTable page={page} span={span} />
        ) : (
          <Notice
            icon={ShieldCheck}
            title={isFiltered ? "No errors match these filters" : "No run failed in this time"}
            action={isFiltered && <Button onClick={() => void navigate({ search: {} })}>Clear filters</Button>}
          >
            Runs that fail in the same way appear here as one line.
          </Notice>
        )}
      </div>
      {page && (
        <p className="px-1 pt-2 text-xs text-ink-3">
          {page.isLeast && "At least "}
          {plural(page.total, "error")}, {plural(page.runs, "run")}
          {page.total > page.items.length && `; the first ${count(page.items.length)} are shown`}
        </p>
      )}
    </>
  );
}
