import type { ErrorGroup } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { useZone } from "@/lib/preferences";
import { count } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import { STANDINGS } from "./words";

/** The state of a group; who decided that, and until when, is its title. */
export function Standing({ group }: { group: ErrorGroup }) {
  const zone = useZone();
  const { label, look } = STANDINGS[group.state];
  const by = group.stateBy && group.stateAt ? `By ${group.stateBy}, ${dayAndTime(group.stateAt, zone)}` : undefined;
  const ends = endOf(group, zone);
  return (
    <Badge className={look} title={by}>
      {label}
      {group.state === "ignored" && ends}
    </Badge>
  );
}

function endOf({ ignoredUntil, ignoredUpTo }: ErrorGroup, zone: string): string {
  if (ignoredUntil) return ` until ${dayAndTime(ignoredUntil, zone)}`;
  return ignoredUpTo === null ? "" : ` up to ${count(ignoredUpTo)} runs`;
}
