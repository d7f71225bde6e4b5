import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { controlEntitiesQuery } from "@/api/control";
import type { ControlEntities, ControlEntity } from "@/api/types";
import { AddressLink } from "@/components/address-link";
import { Skeleton } from "@/components/page-states";
import { Segmented } from "@/components/ui/segmented";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { count, money, percent } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";
import { KINDS } from "@/lib/words/kinds";

import { DEFINITIONS } from "../definitions";
import { Panel } from "@/components/panel";
import { changeInWords } from "./change";

const SHOWN = 10;

type Measure = "failed" | "cost" | "runs";
type Of = "primitives" | "automations";

interface MeasureLook {
  label: string;
  none: string;
  now: (one: ControlEntity) => number;
  before: (one: ControlEntity) => number;
  share: (one: ControlEntity) => number | null;
  format: (value: number) => string;
}

const MEASURES: Record<Measure, MeasureLook> = {
  failed: {
    label: "Failures",
    none: "Nothing failed.",
    now: (one) => one.now.failed,
    before: (one) => one.before.failed,
    share: (one) => one.share.failed,
    format: count,
  },
  cost: {
    label: "Cost",
    none: "No cost is known.",
    now: (one) => Number(one.now.costUsd),
    before: (one) => Number(one.before.costUsd),
    share: (one) => one.share.costUsd,
    format: (value) => money(String(value)),
  },
  runs: {
    label: "Runs",
    none: "Nothing ran.",
    now: (one) => one.now.runs,
    before: (one) => one.before.runs,
    share: (one) => one.share.runs,
    format: count,
  },
};

/** Who makes most of the last day's failures, costs or runs, and whether it was more than the day before. */
export function Entities() {
  const { of = "primitives", by = "failed" } = useSearch({ from: "/control" });
  const navigate = useNavigate({ from: "/control" });
  const change = (part: { of?: "automations" | undefined; by?: "cost" | "runs" | undefined }) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true, resetScroll: false });
  const { data, error, isPending } = useQuery(controlEntitiesQuery());
  return (
    <Panel title="Who contributes most, last 24 hours">
      <div className="mb-1.5 flex flex-wrap gap-2">
        <Segmented
          label="Of"
          value={of as Of}
          onChange={(next) => change({ of: next === "automations" ? next : undefined })}
          options={[
            { value: "primitives", label: "Primitives" },
            { value: "automations", label: "Automations" },
          ]}
        />
        <Segmented
          label="By"
          value={by as Measure}
          onChange={(next) => change({ by: next === "failed" ? undefined : next })}
          options={(Object.keys(MEASURES) as Measure[]).map((value) => ({ value, label: MEASURES[value].label }))}
        />
      </div>
      {error && <p className="text-failing">{error.message}</p>}
      {isPending && <Skeleton rows={5} />}
      {data && <List found={data} of={of} by={by} />}
    </Panel>
  );
}

function List({ found, of, by }: { found: ControlEntities; of: Of; by: Measure }) {
  const zone = useZone();
  const look = MEASURES[by];
  const shown = found[of]
    .filter((one) => look.now(one) > 0)
    .toSorted((one, other) => look.now(other) - look.now(one) || look.before(other) - look.before(one))
    .slice(0, SHOWN);
  const definition = (of === "primitives" ? DEFINITIONS.entity : DEFINITIONS.automation)[by];
  if (shown.length === 0) return <p className="text-ink-3">{look.none}</p>;
  return (
    <ol aria-label={`${look.label} by contribution`} className="text-sm">
      {shown.map((one) => (
        <Row
          key={one.link}
          entity={one}
          look={look}
          definition={`${definition} Since ${dayAndTime(found.since, zone)}, beside the 24 hours before.`}
        />
      ))}
    </ol>
  );
}

interface RowProps {
  entity: ControlEntity;
  look: MeasureLook;
  definition: string;
}

function Row({ entity, look, definition }: RowProps) {
  const { icon: Icon, label, tint } = KINDS[entity.kind];
  const [now, before, share] = [look.now(entity), look.before(entity), look.share(entity)];
  return (
    <li>
      <Tooltip text={`${definition} The day before: ${look.format(before)}.`}>
        <AddressLink
          address={entity.link}
          className="-mx-1.5 flex min-h-7 items-center gap-x-3 rounded px-1.5 hover:bg-sunken"
        >
          <span className="flex min-w-0 flex-1 items-center gap-1.5">
            <Icon aria-label={label} className={cn("size-3.5 shrink-0", tint)} strokeWidth={1.8} />
            <span className="truncate">{entity.name}</span>
          </span>
          <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-sunken max-sm:hidden">
            <span className="block h-full bg-[var(--heat-3)]" style={{ width: `${share ?? 0}%` }} />
          </span>
          <span className="w-10 text-right text-xs text-ink-2">{percent(share)}</span>
          <span className="w-16 text-right font-semibold">{look.format(now)}</span>
          <span className="w-20 text-right text-xs text-ink-3">{changeInWords(now, before)}</span>
        </AddressLink>
      </Tooltip>
    </li>
  );
}
