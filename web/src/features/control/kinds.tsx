import type { Control, KindHealth } from "@/api/types";
import { cn } from "@/lib/cn";
import { useZone } from "@/lib/preferences";
import { count, money, percent } from "@/lib/text/format";
import { dayAndTime, duration } from "@/lib/time/time";
import { KINDS } from "@/lib/words/kinds";
import { VERDICTS } from "@/lib/words/verdicts";

import { DEFINITIONS } from "./definitions";
import { Figure } from "./figure";

/** The last 24 hours of each kind, and what they cost. */
export function Kinds({ control }: { control: Control }) {
  return (
    <section aria-label="Last 24 hours" className="grid grid-cols-2 gap-2 md:grid-cols-3 xl:grid-cols-6">
      {control.kinds.map((one) => (
        <Tile key={one.kind} health={one} since={control.since} />
      ))}
      <Cost control={control} />
    </section>
  );
}

function Tile({ health, since }: { health: KindHealth; since: string }) {
  const { icon: Icon, plural: name, tint } = KINDS[health.kind];
  const { label, icon: Mark, text } = VERDICTS[health.verdict];
  const from = dayAndTime(since, useZone());
  const runs = (status: string) => `/runs?${new URLSearchParams({ kind: health.kind, status, from: since })}`;
  const ended = "completed,failed,cancelled";
  const notRun = health.skipped + health.missed;
  return (
    <div className="flex min-w-0 flex-col rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <header className="flex flex-wrap items-center gap-x-2">
        <h2 className="mr-auto flex items-center gap-1.5 font-medium">
          <Icon className={cn("size-3.5 shrink-0", tint)} strokeWidth={1.8} />
          {name}
        </h2>
        <span title="By the success rate" className={cn("flex items-center gap-1 text-2xs", text)}>
          <Mark className="size-3" aria-hidden />
          {label}
        </span>
      </header>
      {health.verdict === "idle" && health.runs + notRun === 0 ? (
        <p className="mt-1.5 text-ink-3">No runs in 24 h</p>
      ) : (
        <div className="mt-0.5 flex flex-col">
          <Figure
            inline
            label="Success"
            definition={DEFINITIONS.success(from)}
            address={runs("completed,failed")}
            className={cn("text-base", health.successRate !== null && text)}
          >
            {percent(health.successRate)}
          </Figure>
          <Figure inline label="Runs" definition={DEFINITIONS.runs(from)} address={runs(ended)}>
            {count(health.runs)}
          </Figure>
          <Figure inline label="Failed" definition={DEFINITIONS.failed(from)} address={runs("failed")}>
            {count(health.failed)}
          </Figure>
          <Figure
            inline
            label="Skipped or missed"
            definition={DEFINITIONS.notRun(from)}
            address={runs("skipped,missed")}
          >
            {count(notRun)}
          </Figure>
          <Figure inline label="Wait, p95" definition={DEFINITIONS.wait(from)} address={runs(ended)}>
            {health.waitP95Ms === null ? "—" : `≤ ${duration(health.waitP95Ms)}`}
          </Figure>
        </div>
      )}
    </div>
  );
}

function Cost({ control: { since, costUsd, unknownCosts } }: { control: Control }) {
  const from = dayAndTime(since, useZone());
  const runs = `/runs?${new URLSearchParams({ children: "true", from: since })}`;
  return (
    <div className="flex min-w-0 flex-col rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <h2 className="font-medium">Cost</h2>
      <div className="mt-0.5 flex flex-col">
        <Figure inline label="24 hours" definition={DEFINITIONS.cost(from)} address={runs} className="text-base">
          {money(costUsd)}
        </Figure>
        <Figure
          inline
          label="Runs of unknown cost"
          definition={DEFINITIONS.unknownCosts(from)}
          address={runs}
          className={unknownCosts > 0 ? "text-degrading" : ""}
        >
          {count(unknownCosts)}
        </Figure>
      </div>
    </div>
  );
}
