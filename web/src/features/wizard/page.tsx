import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { automationQuery, previewQuery } from "@/api/automations";
import { ApiError } from "@/api/client";
import { sessionQuery } from "@/api/session";
import type { AutomationDetail, PreviewRequest } from "@/api/types";
import { parseJson } from "@/components/json";
import { Failure, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { sayDone } from "@/components/ui/toast";
import { useZone } from "@/lib/preferences";
import { useDebounced } from "@/lib/use-debounced";

import { Conflict } from "./conflict";
import { Consequences } from "./consequences";
import { emptyForm, type Form, formOf, NO_SAMPLE, previewOf } from "./draft";
import { type Errors, focusField, refusedAt } from "./fields";
import { HealthPart } from "./health-part";
import { useUnsaved } from "./keeping";
import { Leaving } from "./leaving";
import { LimitsPart } from "./limits-part";
import { differing, merged } from "./merge";
import type { PartProps } from "./part";
import { Problems } from "./problems";
import { type Saved, useSaving } from "./saving";
import { SecretDialog } from "./secret-dialog";
import { SourcePart } from "./source-part";
import { SummaryBar } from "./summary-bar";
import { WhatPart } from "./what-part";

const RESTS_MS = 250;
/** What the preview refuses is told at these fields at once; the rest is judged when it is saved. */
const LIVE_FIELDS = ["schedule.cronExpr", "schedule.timezone"];

export function NewAutomationPage() {
  const { kind, primitive } = useSearch({ from: "/automations/new" });
  const zone = useZone();
  const [initial] = useState(() => emptyForm(kind ?? "agent", primitive ?? "", zone));
  return <Wizard known={null} initial={initial} />;
}

export function EditAutomationPage() {
  const { slug } = useParams({ from: "/automations/$slug/edit" });
  const automation = useQuery({ ...automationQuery(slug), refetchOnWindowFocus: false });
  if (automation.isPending) return <Skeleton rows={12} />;
  if (!automation.data) return <Failure error={automation.error} onRetry={() => void automation.refetch()} />;
  return <Wizard key={slug} known={automation.data} initial={formOf(automation.data)} />;
}

function Wizard({ known, initial }: { known: AutomationDetail | null; initial: Form }) {
  const navigate = useNavigate();
  const element = useRef<HTMLFormElement>(null);
  const { data: session } = useQuery(sessionQuery());
  const unsaved = useUnsaved(known?.slug ?? "new", session?.name, { form: initial, base: initial, revision: known?.revision ?? 0 });
  const { form, base, revision } = unsaved.state;
  const [sample, tryOn] = useState(NO_SAMPLE);
  const [made, setMade] = useState<Saved | null>(null);

  // What only others' switches have changed (paused, resumed) is no conflict: the newer revision is simply taken.
  const theirs = known && known.revision !== revision ? formOf(known) : null;
  const conflict = theirs && differing(base, theirs).length > 0 ? theirs : null;
  const save = useSaving(known?.slug ?? null, { form: base, revision: conflict ? revision : (known?.revision ?? 0) }, (saved) => {
    unsaved.settle();
    if (saved.secret) setMade(saved);
    else leave(saved);
  });

  function leave({ automation }: Saved) {
    sayDone(`${automation.name} is saved.`);
    void navigate({ to: "/", search: { open: automation.slug } as never });
  }

  const ahead = usePreview(previewOf(form, known?.slug ?? null, sample));
  const refusal = save.error instanceof ApiError ? save.error : null;
  const stale = refusal?.status === 412;
  const payloadError = parseJson(form.payload).error;
  const refused: Errors = stale || !refusal ? {} : refusedAt(refusal.fields, form.slug !== "");
  const errors: Errors = { ...liveErrors(ahead.error, form, ahead.data?.filter?.error), ...(payloadError ? { payload: payloadError } : {}), ...refused };

  useEffect(() => {
    if (refusal && element.current) focusField(element.current);
  }, [refusal]);

  const part: PartProps = {
    form,
    errors,
    editing: known !== null,
    ahead,
    sample,
    tryOn,
    change: (changed) => {
      unsaved.change(changed);
      if (save.isError) save.reset();
    },
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    if (payloadError && element.current) focusField(element.current, "payload");
    else save.mutate(form);
  }

  const verb = known ? "Save" : "Create";
  return (
    <form ref={element} onSubmit={submit} className="mx-auto grid max-w-6xl gap-x-5 gap-y-3 pt-4 lg:grid-cols-[minmax(0,1fr)_21rem]" noValidate>
      <h1 className="text-base font-semibold lg:col-span-2">{known ? `Edit ${known.name}` : "New automation"}</h1>
      {unsaved.restored && (
        <p role="status" className="rounded-lg border border-accent/40 bg-accent-soft px-3.5 py-2 lg:col-span-2">
          What you had written before you had to sign in again is here, and still not saved.
        </p>
      )}
      {conflict && (
        <Conflict
          base={base}
          mine={form}
          theirs={conflict}
          onMerge={() => {
            unsaved.set({ form: merged(base, form, conflict), base: conflict, revision: known?.revision ?? 0 });
            save.reset();
          }}
          onTheirs={() => {
            unsaved.set({ form: conflict, base: conflict, revision: known?.revision ?? 0 });
            save.reset();
          }}
        />
      )}
      <div className="flex min-w-0 flex-col gap-3">
        <WhatPart {...part} />
        <SourcePart {...part} />
        <LimitsPart {...part} />
        <HealthPart {...part} />
      </div>
      <aside className="flex min-w-0 flex-col gap-3 max-lg:pb-16 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:self-start lg:overflow-y-auto">
        <Consequences form={form} ahead={ahead} />
        {save.isError && !stale && <Problems errors={refused} refusal={refusal} form={element.current} />}
        <div className="flex gap-2">
          <Button type="submit" look="primary" className="flex-1 justify-center max-lg:hidden" disabled={save.isPending || conflict !== null}>
            {verb}
          </Button>
          <Button className="max-lg:flex-1 max-lg:justify-center" onClick={() => window.history.back()}>
            Cancel
          </Button>
        </div>
      </aside>
      <SummaryBar form={form} ahead={ahead} refused={Object.keys(refused).length} saving={save.isPending || conflict !== null} verb={verb} />
      <Leaving unsaved={unsaved.isUnsaved} />
      {made?.secret && <SecretDialog name={made.automation.name} webhook={made.secret} onDone={() => leave(made)} />}
    </form>
  );
}

/** The preview of what is written, asked for when it has rested for a moment. */
function usePreview(request: PreviewRequest) {
  const rested = useDebounced(JSON.stringify(request), RESTS_MS);
  return useQuery(previewQuery(JSON.parse(rested) as PreviewRequest));
}

function liveErrors(error: Error | null, form: Form, filter: string | null | undefined): Errors {
  const fields = error instanceof ApiError ? error.fields : {};
  const told = LIVE_FIELDS.filter((path) => fields[path]).map((path) => [path, fields[path] ?? ""]);
  return { ...Object.fromEntries(told), ...(filter ? { [`${form.source}.filter`]: filter } : {}) };
}
