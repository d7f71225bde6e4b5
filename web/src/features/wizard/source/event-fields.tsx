import { useQuery } from "@tanstack/react-query";

import { eventsQuery } from "@/api/triggers";
import type { EventName } from "@/api/types";
import { Help, WIDE } from "@/components/form/part";
import { errorAt } from "@/components/form/errors/field-paths";
import { Combobox } from "@/components/ui/combobox";
import { Field, MONO } from "@/components/ui/field";
import { plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";
import { relative } from "@/lib/time/time";

import { CodeLine } from "./code-line";
import { FilterField } from "./filter-field";
import type { PartProps } from "../part-props";

const SUGGESTED = 30;

export function EventFields(props: PartProps) {
  const { form, change, errors } = props;
  const { event } = form;
  const now = useNow();
  const events = useQuery(eventsQuery());
  const wanted = event.name.trim().toLowerCase();
  const known = (events.data ?? []).filter((one) => one.name.toLowerCase().includes(wanted)).slice(0, SUGGESTED);
  return (
    <>
      <div className={WIDE}>
        <Field
          label="Event"
          path="event.name"
          error={errorAt(errors, "event.name")}
          hint="The name your platform gives it; known events are suggested"
        >
          {(ids) => (
            <Combobox
              {...ids}
              free
              value={event.name}
              placeholder="order.created"
              choices={known.map((one) => ({ value: one.name, label: one.name, note: noteOf(one, now) }))}
              onSearch={() => undefined}
              onChoose={(name) => change({ event: { ...event, name } })}
              className={MONO}
            />
          )}
        </Field>
      </div>
      <FilterField
        {...props}
        path="event.filter"
        knows="payload and name"
        example="payload.total > 10"
        endpoint={event.name.trim() ? `event:${event.name.trim()}` : ""}
        value={event.filter}
        onChange={(filter) => change({ event: { ...event, filter } })}
      />
      <div className={WIDE}>
        <Help title="How to send it">
          <p>Any program can send events with an API key of the scope operate:</p>
          <CodeLine label="Copy the call" text={sendingOf(event.name || "order.created")} />
        </Help>
      </div>
    </>
  );
}

function noteOf(event: EventName, now: number): string {
  const parts = [];
  if (event.automations > 0) parts.push(`${plural(event.automations, "automation")}`);
  if (event.lastAt) parts.push(relative(event.lastAt, now));
  return parts.join(" · ");
}

const sendingOf = (eventName: string) =>
  [
    `curl '${window.location.origin}/api/triggers/event' -H "authorization: Bearer $PODIUM_API_KEY" \\`,
    `  -H 'content-type: application/json' -d '${JSON.stringify({ eventName, payload: { total: 11 } })}'`,
  ].join("\n");
