import { useQuery } from "@tanstack/react-query";
import { Link, type NavigateOptions, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus, Search, Shapes } from "lucide-react";

import { primitivesQuery } from "@/api/primitives";
import { covers, sessionQuery } from "@/api/session";
import type { Primitive } from "@/api/types";
import { KindLabel, SimulatedBadge } from "@/components/labels";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Pills } from "@/components/ui/pills";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/text/format";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { useTyping } from "@/lib/keyboard/typing";
import { useDebounced } from "@/lib/use-debounced";

import { summaryOf, usesOf } from "./spec/summary";

const RESTS_MS = 150;
const GRID = cn(
  "grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-x-3 px-3 md:grid-cols-[6rem_minmax(0,1.2fr)_minmax(0,1.4fr)_6rem] lg:grid-cols-[6rem_minmax(0,1.2fr)_minmax(0,1.4fr)_15rem_6rem]",
);

const FROM_MD = "hidden md:block";
const FROM_LG = "hidden lg:block";

export function PrimitivesPage() {
  const search = useSearch({ from: "/primitives" });
  const navigate = useNavigate({ from: "/primitives" });
  const typing = useTyping();
  const change = (part: Partial<typeof search>, how: Pick<NavigateOptions, "replace" | "state"> = {}) =>
    void navigate({ search: (now) => ({ ...now, ...part }), ...how });
  const { data: session } = useQuery(sessionQuery());
  const text = useDebounced(search.search, RESTS_MS);
  const primitives = useQuery(primitivesQuery(text ? { search: text } : {}));
  const all = (primitives.data ?? []).toSorted(byKindAndName);
  const shown = search.kind ? all.filter((one) => one.kind === search.kind) : all;
  const counts = new Map(KIND_LIST.map((kind) => [kind, all.filter((one) => one.kind === kind).length]));
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 py-3">
        <h1 className="mr-1 text-base font-semibold">Primitives</h1>
        <Pills
          label="Kind"
          chosen={search.kind ? [search.kind] : []}
          onChange={(next) => change({ kind: next.at(-1) })}
          pills={KIND_LIST.map((kind) => ({ value: kind, label: KINDS[kind].plural, count: counts.get(kind) }))}
        />
        <label className="relative min-w-44 flex-1">
          <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
          <input
            type="search"
            value={search.search ?? ""}
            onChange={(event) => change({ search: event.target.value || undefined }, typing(event.target.value))}
            aria-label="Search primitives"
            placeholder="Search primitives"
            className="h-8 w-full rounded-md border border-line-control bg-panel pr-2 pl-8 placeholder:text-ink-3"
          />
        </label>
        {covers(session, "admin") && (
          <Link
            to="/primitives/new"
            search={search.kind ? { kind: search.kind } : {}}
            className={buttonClass("primary")}
          >
            <Plus className="size-4" /> New
          </Link>
        )}
      </div>
      <div className="rounded-lg border border-line bg-panel">
        {primitives.isPending ? (
          <Skeleton rows={12} />
        ) : primitives.isError && all.length === 0 ? (
          <Failure error={primitives.error} onRetry={() => void primitives.refetch()} />
        ) : shown.length === 0 ? (
          <Nothing
            filtered={Boolean(text || search.kind)}
            mayMake={covers(session, "admin")}
            onClear={() => change({ search: undefined, kind: undefined })}
          />
        ) : (
          <div role="table" aria-label="Primitives">
            <div role="rowgroup">
              <div role="row" className={cn(GRID, "h-8 border-b border-line text-xs text-ink-2")}>
                <span role="columnheader">Kind</span>
                <span role="columnheader">Name</span>
                <span role="columnheader" className={FROM_MD}>
                  Details
                </span>
                <span role="columnheader" className={FROM_LG}>
                  Used by
                </span>
                <span role="columnheader" className={FROM_MD}>
                  <span className="sr-only">Status</span>
                </span>
              </div>
            </div>
            <div role="rowgroup">
              {shown.map((one) => (
                <PrimitiveRow key={one.id} primitive={one} />
              ))}
            </div>
          </div>
        )}
      </div>
      <p className="px-1 pt-2 text-xs text-ink-3">{primitives.data && plural(shown.length, "primitive")}</p>
    </>
  );
}

interface NothingProps {
  filtered: boolean;
  mayMake: boolean;
  onClear: () => void;
}

function Nothing({ filtered, mayMake, onClear }: NothingProps) {
  if (filtered) {
    return (
      <Notice
        icon={Shapes}
        title="No primitives match these filters"
        action={<Button onClick={onClear}>Clear filters</Button>}
      />
    );
  }
  return (
    <Notice
      icon={Shapes}
      title="No primitives yet"
      action={
        mayMake && (
          <Link to="/primitives/new" className={buttonClass("primary")}>
            New primitive
          </Link>
        )
      }
    >
      Automations run agents, workflows, networks, campaigns and pulses. Start with an agent.
    </Notice>
  );
}

function byKindAndName(one: Primitive, other: Primitive): number {
  return KIND_LIST.indexOf(one.kind) - KIND_LIST.indexOf(other.kind) || one.name.localeCompare(other.name);
}

function PrimitiveRow({ primitive }: { primitive: Primitive }) {
  return (
    <div role="row" className={cn(GRID, "relative h-11 border-b border-line last:border-b-0 hover:bg-sunken/60")}>
      <span role="cell" className="flex min-w-0">
        <KindLabel kind={primitive.kind} />
      </span>
      <span role="cell" className="flex min-w-0 flex-col">
        <Link
          to="/primitives/$kind/$slug"
          params={{ kind: primitive.kind, slug: primitive.slug }}
          className="truncate font-medium after:absolute after:inset-0"
        >
          {primitive.name}
        </Link>
        <span className="truncate text-xs text-ink-3">{primitive.description || primitive.slug}</span>
      </span>
      <span role="cell" className={cn(FROM_MD, "truncate text-ink-2")} title={summaryOf(primitive)}>
        {summaryOf(primitive)}
      </span>
      <span role="cell" className={cn(FROM_LG, "truncate")}>
        {usesOf(primitive) ? (
          <span className="text-ink-2">{usesOf(primitive)}</span>
        ) : (
          <span className="text-ink-3">Nothing</span>
        )}
      </span>
      <span role="cell" className="hidden justify-end gap-1.5 md:flex">
        {!primitive.isActive && <Badge className="bg-sunken text-ink-2">Disabled</Badge>}
        {primitive.simulated && <SimulatedBadge />}
      </span>
    </div>
  );
}
