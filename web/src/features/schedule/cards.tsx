import type { ReactNode } from "react";

import type { LiveSummary, Severity } from "@/api/types";
import { cn } from "@/lib/cn";
import { count, money, percent } from "@/lib/text/format";
import { KIND_LIST, KINDS } from "@/lib/words/kinds";
import { SEVERITIES } from "@/lib/words/severity";

import { useScheduleSearch } from "./filters";

const ATTENTION: Severity[] = ["failing", "unstable"];

/** The six summary cards, over all automations that are not archived. */
export function Cards({ summary }: { summary: LiveSummary | undefined }) {
  const [search, change] = useScheduleSearch();
  const attending = search.severity?.join() === ATTENTION.join();
  const attention = summary?.needsAttention ?? 0;
  const unknown = summary ? summary.total - summary.estMonthlyCost.sample : 0;
  return (
    <section
      aria-label="Summary"
      className="grid grid-cols-2 gap-2 sm:grid-cols-3 xl:grid-cols-[0.9fr_0.9fr_1fr_2.1fr_1.1fr_1fr]"
    >
      <Card label="Total" note={summary && `${count(summary.archived)} archived`}>
        {summary && count(summary.total)}
      </Card>
      <Card label="Active" note={summary && `${count(summary.total - summary.active)} paused`}>
        {summary && count(summary.active)}
      </Card>
      <button
        type="button"
        aria-pressed={attending}
        onClick={() => change({ severity: attending ? undefined : ATTENTION })}
        className={cn(
          "flex flex-col items-stretch justify-start rounded-lg border px-3.5 py-2.5 text-left",
          attention > 0
            ? "border-failing/40 bg-[color-mix(in_oklab,var(--failing)_7%,var(--panel))]"
            : "border-line bg-panel",
          attending && "ring-2 ring-failing/50",
        )}
      >
        <Inside
          label="Needs attention"
          note={
            summary &&
            `${count(summary.bySeverity.failing ?? 0)} failing, ${count(summary.bySeverity.unstable ?? 0)} unstable`
          }
          className={attention > 0 ? "text-failing" : ""}
        >
          {summary && count(attention)}
        </Inside>
      </button>
      <div className="rounded-lg border border-line bg-panel px-3.5 py-2.5">
        <h2 className="text-xs text-ink-2">Primitives</h2>
        <div className="mt-1.5 flex flex-wrap justify-between gap-x-1.5 gap-y-1">
          {KIND_LIST.map((kind) => {
            const { icon: Icon, label, tint } = KINDS[kind];
            return (
              <div key={kind} className="flex flex-col">
                <span className="flex items-center gap-1 font-semibold">
                  <Icon className={cn("size-3.5 max-sm:size-3", tint)} strokeWidth={1.8} />
                  {summary ? count(summary.byPrimitive[kind] ?? 0) : "–"}
                </span>
                <span className="text-2xs text-ink-3 max-sm:sr-only">{label}</span>
              </div>
            );
          })}
        </div>
      </div>
      <Card
        label="Est. monthly cost"
        note={summary && (unknown > 0 ? `${count(unknown)} without cost data` : "all automations included")}
      >
        {summary && (summary.estMonthlyCost.mean === null ? "—" : money(summary.estMonthlyCost.mean))}
      </Card>
      <Card
        label="Success rate"
        note={search.window === "all" ? "of all finished runs" : "of recent finished runs"}
        className={summary?.overallSuccessRate == null ? "" : SEVERITIES[summary.overallSeverity].text}
      >
        {summary && percent(summary.overallSuccessRate)}
      </Card>
    </section>
  );
}

interface CardProps {
  label: string;
  note?: string | undefined;
  children: ReactNode;
  className?: string;
}

function Card(props: CardProps) {
  return (
    <div className="rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <Inside {...props} />
    </div>
  );
}

function Inside({ label, note, children, className }: CardProps) {
  return (
    <>
      <h2 className="text-xs text-ink-2">{label}</h2>
      <p className={cn("mt-0.5 text-xl leading-7 font-semibold tracking-tight", className)}>{children ?? "–"}</p>
      <p className="h-4 truncate text-2xs text-ink-3">{note}</p>
    </>
  );
}
