import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { History, Search, X } from "lucide-react";

import { activityQuery } from "@/api/audit";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Pills } from "@/components/ui/pills";
import { useZone } from "@/lib/preferences";
import { addDays, startOfDay, stretch } from "@/lib/time/time";

import { ActivityList } from "./list";

const TYPES = [
  { value: "automation", label: "Automations" },
  { value: "primitive", label: "Primitives" },
  { value: "run", label: "Runs" },
  { value: "error", label: "Errors" },
  { value: "budget", label: "Budgets" },
  { value: "key", label: "API keys" },
];

/** The audit log: who changed what, when and why. */
export function ActivityPage() {
  const search = useSearch({ from: "/activity" });
  const navigate = useNavigate({ from: "/activity" });
  const change = (part: Partial<typeof search>) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const { type, actor, automation, q, from, to } = search;
  const zone = useZone();
  const activity = useInfiniteQuery(
    activityQuery({
      ...(type?.length ? { subjectType: type } : {}),
      ...(actor ? { actor: [actor] } : {}),
      ...(automation ? { automation } : {}),
      ...(q ? { q } : {}),
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
    }),
  );
  const items = activity.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = Boolean(type?.length || actor || automation || q || from || to);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <h1 className="mr-1 text-base font-semibold">Activity</h1>
        <Pills
          label="Changed"
          pills={TYPES}
          chosen={type ?? []}
          onChange={(next) => change({ type: next.length ? (next as typeof type) : undefined })}
        />
        <span className="relative w-64">
          <Search className="pointer-events-none absolute top-2 left-2 size-4 text-ink-3" />
          <Input
            type="search"
            aria-label="Search activity"
            className="pl-8"
            placeholder="Name, actor, action or reason"
            defaultValue={q ?? ""}
            onChange={(event) => change({ q: event.target.value || undefined })}
          />
        </span>
        <span className="w-40">
          <Input
            type="date"
            aria-label="Day"
            onChange={({ target }) =>
              change(target.value ? wholeDay(target.value, zone) : { from: undefined, to: undefined })
            }
          />
        </span>
        {actor && <Chosen text={`By ${actor}`} onClear={() => change({ actor: undefined })} />}
        {automation && <Chosen text={`Automation: ${automation}`} onClear={() => change({ automation: undefined })} />}
        {(from || to) && (
          <Chosen text={stretch(from, to, zone)} onClear={() => change({ from: undefined, to: undefined })} />
        )}
      </div>
      <div className="rounded-lg border border-line bg-panel">
        {activity.isPending ? (
          <Skeleton rows={12} />
        ) : activity.isError && items.length === 0 ? (
          <Failure error={activity.error} onRetry={() => void activity.refetch()} />
        ) : items.length === 0 ? (
          <Notice
            icon={History}
            title={isFiltered ? "No activity matches these filters" : "No activity yet"}
            action={isFiltered && <Button onClick={() => void navigate({ search: {} })}>Clear filters</Button>}
          >
            Changes appear here with who made them and why.
          </Notice>
        ) : (
          <ActivityList items={items} onActor={(name) => change({ actor: name })} />
        )}
      </div>
      {activity.hasNextPage && (
        <div className="flex justify-center pt-3">
          <Button onClick={() => void activity.fetchNextPage()} disabled={activity.isFetchingNextPage}>
            {activity.isFetchingNextPage ? "Loading…" : "Show more"}
          </Button>
        </div>
      )}
    </>
  );
}

function Chosen({ text, onClear }: { text: string; onClear: () => void }) {
  return (
    <Button look="quiet" size="sm" className="bg-accent-soft text-accent" onClick={onClear}>
      {text} <X className="size-3.5" />
    </Button>
  );
}

const iso = (at: number) => new Date(at).toISOString();

function wholeDay(day: string, zone: string): { from: string; to: string } {
  return { from: iso(startOfDay(day, zone)), to: iso(startOfDay(addDays(day, 1), zone)) };
}
