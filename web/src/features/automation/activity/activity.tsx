import { useInfiniteQuery } from "@tanstack/react-query";

import { auditQuery } from "@/api/automations";
import type { AuditItem } from "@/api/types";
import { When } from "@/components/labels";
import { Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";

import { useZone } from "@/lib/preferences";
import { dayAndTime } from "@/lib/time/time";

import { type Change, changes, actionLabel, fieldName } from "./changes";
import { Section } from "../section";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** An automation's audit entries, newest first, with the changed fields. */
export function Activity({ name }: { name: string }) {
  const audit = useInfiniteQuery(auditQuery(name));
  const items = audit.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title="Activity">
      {audit.isPending && <Skeleton rows={2} />}
      {audit.isError && items.length === 0 && <p className="text-failing">{audit.error.message}</p>}
      {audit.isSuccess && items.length === 0 && <p className="text-ink-3">No activity yet.</p>}
      <ol aria-label="Activity, newest first" className="flex flex-col gap-1.5">
        {items.map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ol>
      {audit.hasNextPage && (
        <Button
          size="sm"
          className="mt-2"
          disabled={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          {audit.isFetchingNextPage ? "Loading…" : "Show more"}
        </Button>
      )}
    </Section>
  );
}

function Item({ item }: { item: AuditItem }) {
  return (
    <li className="flex items-baseline gap-2">
      <div className="min-w-0 flex-1">
        <p>
          {actionLabel(item.action, item.after)} <span className="text-ink-3">by {item.actor}</span>
        </p>
        {item.reason && <p className="text-xs break-words text-ink-2">{item.reason}</p>}
        <ChangeLines item={item} />
      </div>
      <When at={item.at} className="text-xs text-ink-3" />
    </li>
  );
}

/** Each changed field with its value before and after. */
export function ChangeLines({ item }: { item: AuditItem }) {
  const changed = changes(item);
  if (changed.length === 0) return null;
  return (
    <ul className="text-xs break-words">
      {changed.map((change) => (
        <ChangeLine key={change.field} change={change} />
      ))}
    </ul>
  );
}

function ChangeLine({ change: { field, before: was, after: is } }: { change: Change }) {
  const zone = useZone();
  const [before, after] = [was, is].map((value) => (INSTANT.test(value) ? dayAndTime(value, zone) : value));
  return (
    <li>
      <span className="text-ink-3">{fieldName(field)}:</span> {before && <span className="text-ink-3">{before}</span>}
      {before && <span className="text-ink-3"> → </span>}
      {after ? <span>{after}</span> : <span className="text-ink-3">none</span>}
    </li>
  );
}
