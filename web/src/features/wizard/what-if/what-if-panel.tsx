import type { WhatIf, WhatIfAutomation } from "@/api/load";
import { Field, Input } from "@/components/ui/field";
import { Basis } from "@/features/what-if/basis";
import { type Figure, Figures } from "@/features/what-if/figures";
import { HourStrips } from "@/features/what-if/hour-strips";
import { budgetText, droppedText, waitText } from "@/features/what-if/words";
import { useZone } from "@/lib/preferences";
import { count, money } from "@/lib/text/format";

import type { Form } from "../draft";
import type { Assumed } from "./request";
import type { Asked } from "./use-what-if";

const MOST_AGENTS = 5;
const NAMES = { before: "Now", after: "After saving" } as const;

interface WhatIfPanelProps {
  form: Form;
  asked: Asked;
  assumed: Assumed;
  onAssume: (assumed: Assumed) => void;
}

/** What saving would change: load, waits, cost and budget, before and after. */
export function WhatIfPanel({ form, asked, assumed, onAssume }: WhatIfPanelProps) {
  const { allowed, asks, outdated, answer } = asked;
  return (
    <section
      id="what-if"
      aria-label="Before and after"
      aria-busy={outdated}
      className="rounded-lg border border-line bg-panel px-4 pt-3 pb-4"
    >
      <h2 className="font-medium">Before and after</h2>
      <p className="mb-2 text-xs text-ink-3">The next 24 hours, simulated. Nothing is saved.</p>
      <div className="flex flex-col gap-3">
        {form.source !== "schedule" && (
          <Field label="Deliveries per hour" hint="To try out. Empty: as in the past weeks">
            {(ids) => (
              <Input
                {...ids}
                type="number"
                inputMode="decimal"
                min={0}
                placeholder="as measured"
                value={assumed.arrivalsPerHour}
                onChange={(event) => onAssume({ arrivalsPerHour: event.target.value })}
              />
            )}
          </Field>
        )}
        {!asks ? (
          <p className="text-ink-3">
            {allowed ? "Complete the form to see what it changes." : "Needs the scope operate."}
          </p>
        ) : answer.isError && !outdated ? (
          <p className="text-failing">{answer.error.message}</p>
        ) : answer.data ? (
          <div className={outdated ? "opacity-60" : undefined}>
            <Answer found={answer.data} />
          </div>
        ) : (
          <p className="text-ink-3">Simulating…</p>
        )}
      </div>
    </section>
  );
}

function Answer({ found }: { found: WhatIf }) {
  const zone = useZone();
  const mine = found.automations[0];
  const { before, after } = found;
  if (!mine) return null;
  const others = found.automations.length - 1 + found.automationsLeftOut;
  return (
    <div className="flex flex-col gap-3">
      <HourStrips hours={found.hours} names={NAMES} />
      <div>
        <h3 className="text-xs text-ink-3">This automation</h3>
        <Figures label="This automation" figures={own(mine, zone)} />
      </div>
      <div>
        <h3 className="text-xs text-ink-3">All automations</h3>
        <Figures
          label="All automations"
          figures={[
            {
              name: "Busiest hour",
              before: before.peak?.text ?? "nothing",
              after: after.peak?.text ?? "nothing",
            },
            { name: "Cost per month", before: money(before.monthUsd), after: money(after.monthUsd) },
            ...(others > 0
              ? [
                  {
                    name: "Longest wait",
                    before: waitText(before.waits.longestMs),
                    after: waitText(after.waits.longestMs),
                    note: `of ${count(others + 1)} that share agents or dependencies`,
                  },
                ]
              : []),
          ]}
        />
      </div>
      <Agents found={found} />
      <Basis found={found} zone={zone} />
    </div>
  );
}

/** Agents whose calls wait, now or then. */
function Agents({ found }: { found: WhatIf }) {
  const busy = found.agents.filter((one) => one.before.waits.waited > 0 || one.after.waits.waited > 0);
  if (busy.length === 0) return null;
  return (
    <div>
      <h3 className="text-xs text-ink-3">95 of 100 calls of an agent wait at most</h3>
      <Figures
        label="Calls of agents"
        figures={busy.slice(0, MOST_AGENTS).map(({ name, before, after }) => ({
          name,
          before: waitText(before.waits.p95Ms),
          after: waitText(after.waits.p95Ms),
          note: after.capacity === null ? "no limit" : `capacity ${count(after.capacity)}`,
        }))}
      />
    </div>
  );
}

function own({ before, after }: WhatIfAutomation, zone: string): Figure[] {
  const wait = (name: string, key: "p50Ms" | "p95Ms" | "longestMs"): Figure => ({
    name,
    before: before && waitText(before.waits[key]),
    after: waitText(after.waits[key]),
  });
  const left = after.waits.stillWaiting;
  return [
    { name: "Runs that start", before: before && count(before.flow.started), after: count(after.flow.started) },
    wait("Half wait at most", "p50Ms"),
    wait("95 of 100 wait at most", "p95Ms"),
    { ...wait("Longest wait", "longestMs"), ...(left > 0 && { note: `${count(left)} still wait at the end` }) },
    { name: "Dropped", before: before && droppedText(before.flow), after: droppedText(after.flow) },
    { name: "Cost per month", before: before && money(before.monthUsd), after: money(after.monthUsd) },
    ...(before?.budget || after.budget
      ? [{ name: "Budget", before: before && budgetText(before.budget, zone), after: budgetText(after.budget, zone) }]
      : []),
  ];
}
