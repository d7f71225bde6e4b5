import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, ZoomIn } from "lucide-react";

import type { RunNode } from "@/api/types";
import { StatusDot } from "@/components/labels";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { count } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { CostText } from "../cost-text";
import { SpanBar } from "./bar";
import type { Domain } from "./scale";

export const gridClass =
  "grid gap-x-3 px-3 sm:grid-cols-[minmax(11rem,19rem)_minmax(0,1fr)_4.5rem] lg:grid-cols-[minmax(11rem,22rem)_minmax(0,1fr)_5rem_5rem]";
export const rowClass = cn(gridClass, "h-12 content-center items-center sm:h-7");
const INDENT_REM = 1;

interface NodeLineProps {
  node: RunNode;
  depth: number;
  domain: Domain;
  now: number;
  rowIndex: number;
  open: boolean;
  isRoot?: boolean;
  isZoomed?: boolean;
  onToggle: ((node: RunNode) => void) | null;
  onZoom: ((node: RunNode) => void) | null;
}

/** One node of the tree: its name and status, its bar, how long it took and what it cost. */
export function NodeLine({
  node,
  depth,
  domain,
  now,
  rowIndex,
  open,
  isRoot,
  isZoomed,
  onToggle,
  onZoom,
}: NodeLineProps) {
  const below = Object.values(node.below).reduce((sum, one) => sum + (one ?? 0), 0);
  const took = node.startedAt
    ? Math.max(0, (node.endedAt ? Date.parse(node.endedAt) : now) - Date.parse(node.startedAt))
    : null;
  return (
    <div
      role="row"
      aria-level={depth + 1}
      aria-rowindex={rowIndex}
      {...(below > 0 ? { "aria-expanded": open } : {})}
      className={cn(rowClass, "group hover:bg-hover", isRoot && "border-b border-line")}
    >
      <div
        role="gridcell"
        className="flex min-w-0 items-center gap-1.5"
        style={{ paddingLeft: `${depth * INDENT_REM}rem` }}
      >
        {below > 0 && onToggle ? (
          <button
            type="button"
            aria-label={`${open ? "Close" : "Open"} ${node.name}`}
            className="-ml-1 flex size-6 shrink-0 items-center justify-center rounded text-ink-3 hover:text-ink"
            onClick={() => onToggle(node)}
          >
            {open ? <ChevronDown className="size-3.5" /> : <ChevronRight className="size-3.5" />}
          </button>
        ) : (
          !isRoot && <span className="w-4 shrink-0" />
        )}
        <StatusDot status={node.status} />
        <Name node={node} isRoot={isRoot ?? false} />
        <Notes node={node} below={below} />
        <span className="flex-1" />
        {onZoom && node.startedAt && (
          <Button
            look="quiet"
            size="mini"
            aria-pressed={isZoomed ?? false}
            aria-label={`Zoom to ${node.name}`}
            title="Zoom to this part"
            className={cn("max-sm:hidden", !isZoomed && "opacity-0 group-hover:opacity-100 focus-visible:opacity-100")}
            onClick={() => onZoom(node)}
          >
            <ZoomIn className="size-3.5" />
          </Button>
        )}
        <span className="shrink-0 text-xs text-ink-3 sm:hidden">{took === null ? "" : duration(took)}</span>
      </div>
      <div role="gridcell" className="min-w-0">
        <SpanBar node={node} domain={domain} now={now} />
      </div>
      <span role="gridcell" className="text-right text-xs text-ink-2 max-sm:hidden">
        {took === null ? "" : duration(took)}
      </span>
      <span role="gridcell" className="truncate text-right text-xs text-ink-3 max-lg:hidden">
        {node.cost.calls + node.cost.unknown > 0 && <CostText cost={node.cost} short />}
      </span>
    </div>
  );
}

function Name({ node, isRoot }: { node: RunNode; isRoot: boolean }) {
  const name = node.what === "item" ? `item ${node.path.slice(node.path.lastIndexOf(".") + 1)}` : node.name;
  const style = cn("min-w-0 truncate", isRoot && "font-medium");
  if (!node.runId || isRoot)
    return (
      <span className={style} title={name}>
        {name}
      </span>
    );
  return (
    <Link
      to="/runs/$id"
      params={{ id: node.runId }}
      title={name}
      className={cn(style, "leading-6 text-accent hover:underline")}
    >
      {name}
    </Link>
  );
}

/** What is told beside the name: how many nodes are below, how often it was tried, its agent or its error. */
function Notes({ node, below }: { node: RunNode; below: number }) {
  const failed = node.below.failed ?? 0;
  return (
    <>
      {below > 0 && (
        <span className="shrink-0 text-xs text-ink-3">
          {count(below)}
          {failed > 0 && <span className="text-failing">, {count(failed)} failed</span>}
        </span>
      )}
      {node.attempts.length > 1 && (
        <span className="shrink-0 text-xs text-degrading" title={`${node.attempts.length} attempts`}>
          ×{node.attempts.at(-1)?.number}
        </span>
      )}
      {node.error && below === 0 ? (
        <span className="min-w-8 truncate text-xs text-failing" title={`${node.error.type}: ${node.error.message}`}>
          {node.error.message}
        </span>
      ) : (
        node.agent &&
        node.agent !== node.name &&
        below === 0 && <span className="min-w-0 truncate text-xs text-ink-3 max-lg:hidden">{node.agent}</span>
      )}
    </>
  );
}
