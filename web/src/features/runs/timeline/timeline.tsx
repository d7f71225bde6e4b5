import { ChartNoAxesGantt, Maximize2 } from "lucide-react";
import { useMemo, useRef, useState } from "react";

import { isOpen as isRunOpen } from "@/api/runs";
import type { RunNode, RunOverview } from "@/api/types";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { useNarrow } from "@/lib/narrow";
import { plural } from "@/lib/text/format";
import { useTick } from "@/lib/time/tick";

import { Axis } from "./axis";
import { NodeLine, rowClass } from "./node-line";
import { isOpen, rowsOf } from "./rows";
import { domainAround, domainOf } from "./scale";
import { useLines } from "./use-lines";
import { useTree } from "./use-tree";

/** The run and everything below it, each with its bar: hatched while it waited, solid while it worked. */
export function Timeline({ run }: { run: RunOverview }) {
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [zoomed, setZoomed] = useState<RunNode | null>(null);
  const goesOn = isRunOpen(run.status);
  const tree = useTree(run.id, failed, goesOn);
  const now = useTick(goesOn) + tree.ahead;
  const rows = useMemo(() => rowsOf(tree.loaded, chosen, failed), [tree.loaded, chosen, failed]);
  const narrow = useNarrow();
  const body = useRef<HTMLDivElement>(null);
  const { virtualizer, items } = useLines({ body, rows, narrow, onSee: tree.see });

  if (tree.error) return <Failure error={tree.error} onRetry={tree.retry} />;
  if (!tree.top) return <Skeleton rows={8} />;
  const root = tree.top.run;
  const whole = domainOf(root, now);
  if (!whole) return <Notice icon={ChartNoAxesGantt} title="It has not started yet" />;
  const domain = (zoomed && domainAround(zoomed, now)) ?? whole;
  const failures = tree.top.byStatus.failed ?? 0;

  const toggle = (node: RunNode) => setChosen((before) => new Map(before).set(node.path, !isOpen(node, before)));
  const zoom = (node: RunNode) => setZoomed((before) => (before?.path === node.path ? null : node));

  return (
    <section aria-label="Timeline" className="rounded-lg border border-line bg-panel pb-1">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3 py-1.5 text-xs text-ink-3">
        <Legend />
        <span className="flex-1" />
        {zoomed && (
          <Button size="sm" look="quiet" onClick={() => setZoomed(null)}>
            <Maximize2 className="size-3.5" /> Show the whole run
          </Button>
        )}
        {(failures > 0 || failed) && (
          <Button
            size="sm"
            look={failed ? "primary" : "plain"}
            aria-pressed={failed}
            onClick={() => setFailed(!failed)}
          >
            Failed only
          </Button>
        )}
      </div>
      <div role="treegrid" aria-label="Parts of the run" aria-rowcount={rows.length + 1}>
        <Axis domain={domain} origin={Date.parse(root.startedAt ?? run.queuedAt)} />
        <NodeLine
          node={root}
          isRoot
          depth={0}
          domain={domain}
          now={now}
          rowIndex={1}
          onZoom={null}
          onToggle={null}
          open
        />
        <div ref={body} className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const style = { transform: `translateY(${item.start - virtualizer.options.scrollMargin}px)` };
            return (
              <div key={row.key} className="absolute inset-x-0 top-0" style={style}>
                {row.node ? (
                  <NodeLine
                    node={row.node}
                    depth={row.depth + 1}
                    domain={domain}
                    now={now}
                    rowIndex={item.index + 2}
                    open={isOpen(row.node, chosen)}
                    isZoomed={zoomed?.path === row.node.path}
                    onZoom={zoom}
                    onToggle={toggle}
                  />
                ) : (
                  <div role="row" aria-rowindex={item.index + 2} aria-busy="true" className={rowClass}>
                    <span role="gridcell" aria-label="Loading" className="h-3 w-40 rounded bg-sunken" />
                  </div>
                )}
              </div>
            );
          })}
        </div>
      </div>
      {rows.length === 0 && (
        <p className="px-3 py-2 text-ink-3">{failed ? "Nothing has failed." : "Nothing ran below this run."}</p>
      )}
      <p className="sr-only" role="status">
        {failed ? plural(failures, "failed part") : ""}
      </p>
    </section>
  );
}

function Legend() {
  return (
    <>
      <span className="inline-flex items-center gap-1.5">
        <span data-drawn className="h-2.5 w-5 rounded-[3px] bg-healthy-mark" /> worked
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span data-drawn className="h-2.5 w-5 rounded-[3px] border border-line-control hatched" /> waited
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span data-drawn className="h-3.5 w-0.5 bg-ink" /> next attempt
      </span>
    </>
  );
}
