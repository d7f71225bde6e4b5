import { FlexRender, type Row } from "@tanstack/react-table";
import { memo } from "react";

import type { Automation } from "@/api/types";
import { Due, KindLabel, StateBadge } from "@/components/labels";
import { StatusSwitch } from "@/components/status-switch";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/lib/cn";
import { SEVERITIES } from "@/lib/words/severity";
import { STATES } from "@/lib/words/states";

import { type features, GRID, LastRunCell, NameCell, SuccessCell } from "./columns";
import { useScheduleSearch } from "../filters";

interface RowProps {
  row: Row<typeof features, Automation>;
  index: number;
  top: number;
  height: number;
  narrow: boolean;
  selected: boolean;
  active: boolean;
  onActivate: (index: number) => void;
  onOpen: (slug: string) => void;
}

const INTERACTIVE = "button, a, input";

/** Memoised by content: the table creates new row objects for unchanged automations. */
export const AutomationRow = memo(Drawn, (before, now) => {
  const { row: one, ...rest } = before;
  return (
    one.original === now.row.original &&
    Object.entries(rest).every(([name, value]) => value === now[name as keyof RowProps])
  );
});

function Drawn(props: RowProps) {
  const { row, index, top, height, narrow, selected, active, onActivate, onOpen } = props;
  const automation = row.original;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-severity={automation.severity}
      style={{ transform: `translateY(${top}px)`, height }}
      onFocus={() => onActivate(index)}
      onClick={(event) => {
        if ((event.target as Element).closest(INTERACTIVE)) return;
        // Closing the drawer returns the focus to the row.
        document.getElementById(`row-${row.id}`)?.focus({ preventScroll: true });
        onOpen(automation.slug);
      }}
      className={cn(
        // CSS containment, so that scrolling lays out only new rows.
        "absolute inset-x-0 top-0 cursor-pointer border-b border-line [contain:strict] last:border-b-0",
        narrow ? "flex flex-col justify-center gap-1.5 px-3" : GRID,
        SEVERITIES[automation.severity].row,
        selected && "!bg-accent-soft",
        // Drawn over the severity's tint, which stays visible.
        active
          ? "bg-[image:linear-gradient(var(--hover),var(--hover))]"
          : "hover:bg-[image:linear-gradient(var(--hover),var(--hover))]",
      )}
    >
      {narrow ? <Card {...props} /> : <Cells {...props} />}
    </div>
  );
}

function Name({ row, onOpen }: RowProps) {
  const automation = row.original;
  return (
    <button
      type="button"
      id={`row-${row.id}`}
      onClick={() => onOpen(automation.slug)}
      className="block w-full min-w-0 text-left"
    >
      <NameCell automation={automation} />
    </button>
  );
}

function Cells(props: RowProps) {
  const { row, selected } = props;
  const [search] = useScheduleSearch();
  const automation = row.original;
  return (
    <>
      <span role="cell" className="flex">
        <Checkbox label={`Select ${automation.name}`} checked={selected} onChange={(on) => row.toggleSelected(on)} />
      </span>
      {row.getAllCells().map((cell) => {
        const look = cell.column.columnDef.meta;
        return (
          <span
            key={cell.id}
            role="cell"
            className={cn("min-w-0", look?.className, look?.right && "justify-end text-right")}
          >
            {cell.column.id === "name" ? (
              <Name {...props} />
            ) : cell.column.id === "status" ? (
              <StatusSwitch automation={automation} />
            ) : cell.column.id === "success" ? (
              <SuccessCell automation={automation} lifetime={search.window === "all"} />
            ) : (
              <FlexRender cell={cell} />
            )}
          </span>
        );
      })}
    </>
  );
}

/** The row on a phone. */
function Card(props: RowProps) {
  const [search] = useScheduleSearch();
  const automation = props.row.original;
  return (
    <span role="cell" className="flex min-w-0 flex-col gap-1.5">
      <span className="flex items-center gap-2">
        <Checkbox
          label={`Select ${automation.name}`}
          checked={props.selected}
          onChange={(on) => props.row.toggleSelected(on)}
        />
        <span className="min-w-0 flex-1">
          <Name {...props} />
        </span>
        <StatusSwitch automation={automation} />
      </span>
      <span className="flex items-center gap-2 text-xs">
        {/* One line high: items without room are hidden, the last first. */}
        <span className="flex h-5 min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-2 overflow-hidden *:h-5 max-[24rem]:gap-x-1.5">
          <KindLabel kind={automation.primitiveType} className="text-xs" short="max-[24rem]:sr-only" />
          <LastRunCell automation={automation} />
          {!STATES[automation.state].badge && automation.state === "running" && <StateBadge state="running" />}
          {automation.isActive && automation.stats.nextRunAt && (
            <Due automation={automation} className="leading-5 text-ink-3" />
          )}
        </span>
        <span className="shrink-0">
          <SuccessCell automation={automation} lifetime={search.window === "all"} />
        </span>
      </span>
    </span>
  );
}
