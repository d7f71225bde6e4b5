import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { previewQuery } from "@/api/automations";
import { ApiError } from "@/api/client";
import type { Preview, PreviewRequest } from "@/api/types";
import { count, money, plural } from "@/lib/format";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/preferences";
import { dayAndTime, relative } from "@/lib/time";
import { useDebounced } from "@/lib/use-debounced";

import { draftOf, type Form } from "./draft";

const RESTS_MS = 250;
const FIRES = 5;

/** What the draft would do, before it is saved: the server's word, asked again while somebody types. */
export function Consequences({ form, automation }: { form: Form; automation: string | null }) {
  const { slug, primitive, schedule, webhook } = draftOf(form);
  const asked = useDebounced(JSON.stringify({ slug: slug || null, primitive, schedule, webhook, automation }), RESTS_MS);
  const request = JSON.parse(asked) as PreviewRequest & { primitive: { slug: string } };
  const preview = useQuery(previewQuery({ ...request, primitive: request.primitive.slug ? request.primitive : null }));
  const cron = preview.error instanceof ApiError ? preview.error.fields["schedule.cronExpr"] : undefined;
  return (
    <section aria-label="What it will do" aria-live="polite" className="rounded-lg border border-line bg-panel px-4 py-3">
      <h2 className="mb-2 font-medium">What it will do</h2>
      {preview.isError ? (
        <p className="text-failing">{cron ?? preview.error.message}</p>
      ) : preview.data ? (
        <Shown preview={preview.data} scheduled={form.source === "schedule"} />
      ) : (
        <p className="text-ink-3">Looking ahead…</p>
      )}
    </section>
  );
}

function Shown({ preview, scheduled }: { preview: Preview; scheduled: boolean }) {
  const zone = useZone();
  const { cost } = preview;
  const day = preview.peaks[0];
  return (
    <div className="flex flex-col gap-3">
      {scheduled && <Fires preview={preview} />}
      {preview.clockChanges.slice(0, 2).map((change) => (
        <p key={change.day} className="text-xs text-ink-2">
          <span className="font-medium">{dayAndTime(change.at, zone)}, clocks change.</span> {change.text}
        </p>
      ))}
      {scheduled && (
        <Block title="Cost a month">
          {cost.estimate.mean === null ? (
            <p className="text-ink-2">Unknown until it has run: {plural(cost.occurrences, "run")} in the coming month.</p>
          ) : (
            <p>
              <span className="font-semibold">{money(cost.estimate.mean)}</span>{" "}
              <span className="text-ink-2">
                for {count(cost.occurrences)} runs; everything: {money(cost.totalBefore)} → {money(cost.totalAfter)}
              </span>
            </p>
          )}
        </Block>
      )}
      {scheduled && day?.after && (
        <Block title="Peak of the next 24 hours">
          <p className="text-ink-2">
            {day.before && day.before.text !== day.after.text ? `${day.before.text} → ${day.after.text}` : day.after.text}
          </p>
        </Block>
      )}
      <Alarms preview={preview} />
      {!scheduled && preview.warnings.length === 0 && preview.duplicates.length === 0 && (
        <p className="text-ink-2">It fires when something arrives; nothing speaks against it.</p>
      )}
    </div>
  );
}

function Fires({ preview }: { preview: Preview }) {
  const zone = useZone();
  const now = useNow();
  return (
    <Block title={preview.cronText ?? "Next fires"}>
      <ol className="grid grid-cols-[auto_1fr] gap-x-3">
        {preview.nextFires.slice(0, FIRES).map((fire) => (
          <li key={fire.at} className="contents">
            <time dateTime={fire.at}>{dayAndTime(fire.at, zone)}</time>
            <span className="text-ink-3">{relative(fire.at, now)}</span>
          </li>
        ))}
      </ol>
      {preview.nextFires.length === 0 && <p className="text-ink-2">It never fires.</p>}
    </Block>
  );
}

function Alarms({ preview }: { preview: Preview }) {
  const zone = useZone();
  const alarms = [
    ...preview.warnings,
    ...preview.duplicates.map((one) => `${one.name} does the same already.`),
    ...preview.conflicts.map(
      (one) =>
        `${one.agent} would be called ${one.concurrency} times at once and has room for ${one.capacity}, first at ${dayAndTime(one.at, zone)}.`,
    ),
  ];
  if (alarms.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5">
      {[...new Set(alarms)].map((alarm) => (
        <li key={alarm} className="flex gap-1.5 text-degrading">
          <TriangleAlert className="mt-0.5 size-3.5 shrink-0" /> {alarm}
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
