import { useState } from "react";

import type { Again, Wanted } from "@/api/backfills";
import { Field, Input, Select } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { useZone } from "@/lib/preferences";
import { instantIn, localIn } from "@/lib/time/snooze";
import { cityOf } from "@/lib/time/zones";

import { DEFAULTS, isComplete, Option, OptionFields } from "./options";
import { StartDialog } from "./start-dialog";
import { AGAIN } from "./words";

const HOUR = 3_600_000;
const SPANS = { day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
type Span = keyof typeof SPANS | "own";
const SPAN_LABELS: readonly { value: Span; label: string }[] = [
  { value: "day", label: "24 hours" },
  { value: "week", label: "7 days" },
  { value: "month", label: "30 days" },
  { value: "own", label: "From … to …" },
];

interface BackfillDialogProps {
  automation: { slug: string; name: string; isActive: boolean };
  onClose: () => void;
}

/** Chooses which past due times of a schedule to run. */
export function BackfillDialog({ automation, onClose }: BackfillDialogProps) {
  const zone = useZone();
  // Fixed when the dialog opens, so that the preview stays.
  const [now] = useState(() => Date.now());
  const [span, setSpan] = useState<Span>("day");
  const [since, setSince] = useState(() => localIn(zone, now - SPANS.day));
  const [until, setUntil] = useState("");
  const [again, setAgain] = useState<Again>("none");
  const [force, setForce] = useState(false);
  const [options, setOptions] = useState(DEFAULTS);
  const from = span === "own" ? instantIn(zone, since) : new Date(now - SPANS[span]).toISOString();
  const to = span === "own" ? instantIn(zone, until) : undefined;
  const wanted: Wanted | undefined =
    from && isComplete(options)
      ? { automation: automation.slug, request: { from, ...(to ? { to } : {}), again, force, reason: "", ...options } }
      : undefined;
  return (
    <StartDialog
      title={`Backfill ${automation.name}`}
      description="Runs past due times, behind live runs. Nothing starts until you have seen the list."
      noun="due time"
      wanted={wanted}
      onClose={onClose}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-xs font-medium text-ink-2">Due times of the last</span>
        <Segmented label="Span" options={SPAN_LABELS} value={span} onChange={setSpan} />
      </div>
      {span === "own" && (
        <div className="grid grid-cols-2 gap-3">
          <Field label={`From (${cityOf(zone)} time)`}>
            {(ids) => (
              <Input {...ids} type="datetime-local" value={since} onChange={({ target }) => setSince(target.value)} />
            )}
          </Field>
          <Field label="To, included" hint={until ? undefined : "Until now"}>
            {(ids) => (
              <Input {...ids} type="datetime-local" value={until} onChange={({ target }) => setUntil(target.value)} />
            )}
          </Field>
        </div>
      )}
      <Field label="Which due times">
        {(ids) => (
          <Select {...ids} value={again} onChange={({ target }) => setAgain(target.value as Again)}>
            {Object.entries(AGAIN).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <OptionFields options={options} onChange={setOptions}>
        {!automation.isActive && <Option label="Run them while it is paused" checked={force} onChange={setForce} />}
      </OptionFields>
    </StartDialog>
  );
}
