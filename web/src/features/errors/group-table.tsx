import { Link } from "@tanstack/react-router";

import type { ErrorGroup, ErrorGroupPage } from "@/api/types";
import { When } from "@/components/labels";
import { cn } from "@/lib/cn";
import { count } from "@/lib/text/format";

import { Bars } from "./bars";
import { Standing } from "./standing";
import { against, type SPANS } from "./words";

const GRID = cn(
  "grid items-center gap-x-4 px-3",
  "grid-cols-[minmax(0,1fr)_4rem]",
  "md:grid-cols-[minmax(0,1fr)_9rem_6rem]",
  "lg:grid-cols-[minmax(0,1fr)_12rem_9rem_6rem_6rem]",
);
const FROM_MD = "hidden md:block";
const FROM_LG = "hidden lg:block";

interface GroupTableProps {
  page: ErrorGroupPage;
  span: keyof typeof SPANS;
}

export function GroupTable({ page, span }: GroupTableProps) {
  return (
    <div role="table" aria-label="Errors">
      <div role="rowgroup">
        <div role="row" className={cn(GRID, "h-8 border-b border-line text-xs text-ink-2")}>
          <span role="columnheader">Error</span>
          <span role="columnheader" className={FROM_LG}>
            When
          </span>
          <span role="columnheader" className={cn(FROM_MD, "text-right")}>
            Runs
          </span>
          <span role="columnheader" className={FROM_LG}>
            First seen
          </span>
          <span role="columnheader">Last seen</span>
        </div>
      </div>
      <div role="rowgroup">
        {page.items.map((group) => (
          <Row key={group.key} group={group} page={page} span={span} />
        ))}
      </div>
    </div>
  );
}

function Row({ group, page, span }: GroupTableProps & { group: ErrorGroup }) {
  return (
    <div role="row" className={cn(GRID, "min-h-14 border-b border-line py-2 last:border-b-0")}>
      <span role="cell" className="flex min-w-0 flex-col gap-0.5">
        <Link
          to="/errors/$key"
          params={{ key: group.key }}
          search={{ span: span === "24h" ? undefined : span }}
          className="line-clamp-2 font-medium break-words hover:underline"
        >
          {group.template}
        </Link>
        <span className="flex min-w-0 items-center gap-2 text-xs text-ink-3">
          <Standing group={group} />
          <span className="truncate">{group.errorType}</span>
          <span className="md:hidden">{count(group.runs)}×</span>
        </span>
      </span>
      <span role="cell" className={FROM_LG}>
        <Bars counts={group.counts} span={page} />
      </span>
      <span role="cell" className={cn(FROM_MD, "text-right tabular-nums")}>
        {count(group.runs)}
        <span className="block truncate text-xs text-ink-3">{against(group.runsBefore, span)}</span>
      </span>
      <span role="cell" className={cn(FROM_LG, "text-xs text-ink-2")}>
        <When at={group.firstSeen} />
      </span>
      <span role="cell" className="text-xs text-ink-2">
        <When at={group.lastSeen} />
      </span>
    </div>
  );
}
