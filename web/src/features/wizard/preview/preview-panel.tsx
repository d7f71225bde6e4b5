import type { UseQueryResult } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import type { Preview } from "@/api/types";
import { count, money, plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { useZone } from "@/lib/preferences";
import { dayAndTime, relative, shortDay } from "@/lib/time/time";
import { cityOf } from "@/lib/time/zones";

import type { Form } from "../draft";
import { LoadBar } from "./load-bar";

const FIRES = 5;

interface PreviewPanelProps {
  form: Form;
  ahead: UseQueryResult<Preview>;
}

/** The API's preview of the draft. */
export function PreviewPanel({ form, ahead }: PreviewPanelProps) {
  return (
    <section
      id="preview"
      aria-label="Preview"
      aria-live="polite"
      className="scroll-mt-16 rounded-lg border border-line bg-panel px-4 pt-3 pb-4"
    >
      <h2 className="mb-2 font-medium">Preview</h2>
      {ahead.isError ? (
        <p className="text-failing">{ahead.error.message}</p>
      ) : ahead.data ? (
        <div className="flex flex-col gap-3">
          {form.source === "schedule" ? (
            <Scheduled preview={ahead.data} zone={form.schedule.timezone} />
          ) : (
            <Triggered preview={ahead.data} form={form} />
          )}
          <Alarms preview={ahead.data} zone={form.schedule.timezone} />
        </div>
      ) : (
        <p className="text-ink-3">Calculating…</p>
      )}
    </section>
  );
}

function Scheduled({ preview, zone }: { preview: Preview; zone: string }) {
  const { cost } = preview;
  const day = preview.peaks[0];
  return (
    <>
      <Fires preview={preview} zone={zone} />
      <ClockChanges preview={preview} zone={zone} />
      <Block title="Cost per month">
        {cost.estimate.mean === null ? (
          <p className="text-ink-2">Unknown until the first run. {plural(cost.occurrences, "run")} next month.</p>
        ) : (
          <>
            <p>
              <span className="text-base font-semibold">{money(cost.estimate.mean)}</span>{" "}
              <span className="text-ink-2">for {plural(cost.occurrences, "run")}</span>
            </p>
            <p className="text-ink-2">
              All automations: {money(cost.totalBefore)} <Arrow /> {money(cost.totalAfter)}
            </p>
          </>
        )}
      </Block>
      {preview.hours.length > 0 && (
        <Block title={`The next 24 hours, ${cityOf(zone)} time`}>
          <div className="mt-1">
            <LoadBar hours={preview.hours} />
          </div>
          {day?.after && (
            <p className="mt-1 text-ink-2">
              {day.before && day.before.text !== day.after.text ? (
                <>
                  Peak: {day.before.text} <Arrow /> {day.after.text}
                </>
              ) : (
                <>Peak unchanged: {day.after.text}</>
              )}
            </p>
          )}
        </Block>
      )}
    </>
  );
}

function Triggered({ preview, form }: { preview: Preview; form: Form }) {
  const each = preview.cost.perRun;
  return (
    <>
      <p className="text-ink-2">{firesOn(form)}</p>
      <Block title="Cost per run">
        {each === null ? (
          <p className="text-ink-2">Unknown until the first run.</p>
        ) : (
          <p className="text-base font-semibold">{money(each)}</p>
        )}
      </Block>
    </>
  );
}

const ARRIVES = { webhook: "request", event: "event", slack: "Slack message" } as const;

function firesOn(form: Form): string {
  if (form.source === "manual" || form.source === "schedule") return "Fires only when someone starts it.";
  const filtered = form[form.source].filter.trim() !== "";
  return `Fires on every ${ARRIVES[form.source]}${filtered ? " that passes its filter" : ""}.`;
}

/** The next fires in the schedule's time zone, and in the reader's if that differs. */
function Fires({ preview, zone }: { preview: Preview; zone: string }) {
  const here = useZone();
  const now = useNow();
  const fires = preview.nextFires
    .slice(0, FIRES)
    .map((fire) => ({ at: fire.at, there: dayAndTime(fire.at, zone), here: dayAndTime(fire.at, here) }));
  const both = fires.some((fire) => fire.there !== fire.here);
  if (!preview.cronText) return <p className="text-ink-2">Enter a cron expression to see when it fires.</p>;
  return (
    <Block title={preview.cronText}>
      {fires.length === 0 ? (
        <p className="text-ink-2">Never fires.</p>
      ) : (
        <table className="w-full">
          <thead className={both ? "text-left text-2xs text-ink-3" : "sr-only"}>
            <tr>
              <th scope="col" className="font-normal">
                {cityOf(zone)}
              </th>
              <th scope="col" className="font-normal">
                {both ? cityOf(here) : "From now"}
              </th>
            </tr>
          </thead>
          <tbody>
            {fires.map((fire) => (
              <tr key={fire.at}>
                <td className="pr-3 whitespace-nowrap">
                  <time dateTime={fire.at}>{fire.there}</time>
                </td>
                {both ? (
                  <td className="whitespace-nowrap text-ink-2">{fire.here}</td>
                ) : (
                  <td className="text-right whitespace-nowrap text-ink-3">{relative(fire.at, now)}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Block>
  );
}

/** How the schedule behaves on days with a daylight-saving change. */
function ClockChanges({ preview, zone }: { preview: Preview; zone: string }) {
  if (preview.clockChanges.length === 0) return null;
  const differing = preview.clockChanges.filter((change) => change.differs);
  if (differing.length === 0) {
    return <p className="text-xs text-ink-3">Daylight-saving changes don't affect it.</p>;
  }
  return (
    <Block title={`Daylight-saving changes in ${cityOf(zone)}`}>
      {differing.map((change) => (
        <p key={change.day} className="text-ink-2">
          <span className="font-medium text-ink">{`${shortDay(change.day)} ${monthOf(change.day)}`}:</span>{" "}
          {change.text}
        </p>
      ))}
    </Block>
  );
}

function Alarms({ preview, zone }: { preview: Preview; zone: string }) {
  const alarms = [
    ...preview.warnings,
    ...preview.duplicates.map((one) => `Duplicate of ${one.name}.`),
    ...preview.conflicts.map(
      (one) =>
        `${one.agent} would get ${count(one.concurrency)} concurrent calls but has capacity for ${count(one.capacity)}, first at ${dayAndTime(one.at, zone)}.`,
    ),
  ];
  if (alarms.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5">
      {[...new Set(alarms)].map((alarm) => (
        <li key={alarm} className="flex gap-1.5 text-degrading">
          <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" /> <span className="min-w-0">{alarm}</span>
        </li>
      ))}
    </ul>
  );
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3 className="text-xs text-ink-3">{title}</h3>
      {children}
    </div>
  );
}

const Arrow = () => (
  <>
    <span aria-hidden>→</span>
    <span className="sr-only">becomes</span>
  </>
);

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const monthOf = (day: string) => MONTHS[Number(day.slice(5, 7)) - 1] ?? "";
