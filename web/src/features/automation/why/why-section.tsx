import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { whyQuery } from "@/api/automations";
import type { AutomationDetail, Verdict, WhyVerdict } from "@/api/types";
import { When } from "@/components/labels";
import { Skeleton } from "@/components/page-states";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { useZone } from "@/lib/preferences";
import { instantIn } from "@/lib/time/snooze";
import { TONES } from "@/lib/words/states";
import { addDays, dayAndTime, dayIn, startOfDay } from "@/lib/time/time";
import { cityOf } from "@/lib/time/zones";

import { Section } from "../section";

type Look = [label: string, tone: keyof typeof TONES];

const LOOKS: Record<WhyVerdict, Look> = {
  fired: ["Fired", "busy"],
  waiting: ["Waiting", "calm"],
  missed: ["Missed", "loud"],
  paused: ["Paused", "calm"],
  snoozed: ["Snoozed", "calm"],
  slowed: ["Slowed", "warn"],
  over_budget: ["Over budget", "loud"],
  skipped: ["Skipped", "warn"],
  archived: ["Archived", "calm"],
  not_due: ["Not due", "calm"],
  due: ["Due", "busy"],
  filtered: ["Filtered", "warn"],
  no_delivery: ["Nothing arrived", "calm"],
  drifted: ["Drifted", "loud"],
  unknown: ["Unknown", "calm"],
};

type Asked = { at: string } | { from: string; to: string };

/** Explains why an automation ran or did not: at a minute, or for each due time of today. */
export function WhySection({ automation }: { automation: AutomationDetail }) {
  const zone = useZone();
  const [local, setLocal] = useState("");
  const [asked, setAsked] = useState<Asked>();
  const at = instantIn(zone, local);

  function askToday() {
    const day = dayIn(zone, Date.now());
    const [from = 0, to = 0] = [startOfDay(day, zone), startOfDay(addDays(day, 1), zone)];
    setAsked({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  }

  return (
    <Section title="Why didn't it run?">
      <form
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (at) setAsked({ at });
        }}
      >
        <span className="w-56">
          <Input
            type="datetime-local"
            aria-label={`Time (${cityOf(zone)})`}
            value={local}
            onChange={(event) => setLocal(event.target.value)}
          />
        </span>
        <Button type="submit" size="sm" disabled={!at}>
          Explain
        </Button>
        <Button size="sm" onClick={askToday}>
          Today
        </Button>
      </form>
      {asked && <Verdicts name={automation.slug} asked={asked} zone={zone} />}
    </Section>
  );
}

function Verdicts({ name, asked, zone }: { name: string; asked: Asked; zone: string }) {
  const why = useQuery(whyQuery(name, asked));
  if (why.isPending) return <Skeleton rows={2} />;
  if (!why.data) return <p className="mt-2 text-failing">{why.error.message}</p>;
  return (
    <>
      <ol aria-label="Explanation, oldest first" className="mt-2 flex max-h-72 flex-col gap-1.5 overflow-y-auto">
        {why.data.verdicts.map((one) => (
          <Item key={`${one.at} ${one.runId ?? ""} ${one.verdict}`} verdict={one} zone={zone} />
        ))}
      </ol>
      {why.data.nextFrom && <p className="mt-1 text-ink-3">More after {dayAndTime(why.data.nextFrom, zone)}.</p>}
    </>
  );
}

function Item({ verdict, zone }: { verdict: Verdict; zone: string }) {
  const [label, tone] = LOOKS[verdict.verdict];
  return (
    <li className="flex items-baseline gap-2">
      <When at={verdict.at} text={dayAndTime(verdict.at, zone)} className="w-28 shrink-0 text-xs text-ink-3" />
      <span className="min-w-0 flex-1 break-words">
        <Badge className={TONES[tone]}>{label}</Badge> {verdict.text}
        {verdict.runId && (
          <>
            {" "}
            <Link to="/runs/$id" params={{ id: verdict.runId }} className="text-accent underline">
              Show the run
            </Link>
          </>
        )}
      </span>
    </li>
  );
}
