import { useQuery } from "@tanstack/react-query";
import { type NavigateOptions, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { automationQuery, previewQuery } from "@/api/automations";
import { ApiError } from "@/api/client";
import type { AutomationDetail, Preview, PreviewRequest } from "@/api/types";
import { Conflict } from "@/components/form/draft/conflict";
import { FormPage } from "@/components/form/form-page";
import { DraftRestored, useUnsavedDraft } from "@/components/form/draft/unsaved-draft";
import { LeaveGuard } from "@/components/form/draft/leave-guard";
import { differing, merged } from "@/components/form/draft/merge";
import { type Errors, isWithin } from "@/components/form/errors/field-paths";
import { ErrorSummary } from "@/components/form/errors/error-summary";
import { useFieldErrors } from "@/components/form/errors/field-errors";
import { isOutdated } from "@/components/form/draft/save-revision";
import { parseJson } from "@/components/json";
import { Failure, Skeleton } from "@/components/page-states";
import { notifyDone } from "@/components/messages/messages";
import { readJson, writeJson } from "@/lib/text/exact-json";
import { KINDS } from "@/lib/words/kinds";
import { useZone } from "@/lib/preferences";
import { sentence } from "@/lib/text/sentence";
import { useDebounced } from "@/lib/use-debounced";

import { PreviewPanel } from "./preview/preview-panel";
import { emptyForm, type Form, formOf, NO_SAMPLE, previewOf } from "./draft";
import { DependenciesPart } from "./dependencies-part";
import { labelOf } from "./field-labels";
import { FlowControlPart } from "./flow-control/flow-control-part";
import { HealthPart } from "./health-part";
import { LimitsPart } from "./limits-part";
import { validationErrors } from "./validation";
import type { PartProps } from "./part-props";
import { type Saved, useSave } from "./use-save";
import { SecretDialog } from "./source/secret-dialog";
import { SourcePart } from "./source/source-part";
import { SummaryLine } from "./preview/summary-line";
import { PrimitivePart } from "./primitive-part";
import { AS_MEASURED, whatIfOf } from "./what-if/request";
import { useWhatIf } from "./what-if/use-what-if";
import { WhatIfPanel } from "./what-if/what-if-panel";

const RESTS_MS = 250;
/** Errors of the preview show at these fields at once; other fields are validated on save. */
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
  if (!automation.data)
    return <Failure heading="h1" error={automation.error} onRetry={() => void automation.refetch()} />;
  return <Wizard key={slug} known={automation.data} initial={formOf(automation.data)} />;
}

interface State {
  form: Form;
  /** The saved state that the form started from. */
  base: Form;
  revision: number;
}

const isChanged = ({ form, base }: State) => differing(form, base).length > 0;

function Wizard({ known, initial }: { known: AutomationDetail | null; initial: Form }) {
  const navigate = useNavigate();
  const place = `automations/${known?.slug ?? ""}`;
  const unsaved = useUnsavedDraft<State>(
    place,
    { form: initial, base: initial, revision: known?.revision ?? 0 },
    isChanged,
  );
  const { form, base, revision } = unsaved.state;
  const refusals = useFieldErrors();
  const [sample, tryOn] = useState(NO_SAMPLE);
  const [made, setMade] = useState<Saved | null>(null);

  // A newer revision that was only paused or resumed is not a conflict: it is taken over.
  const theirs = known && known.revision !== revision ? formOf(known) : null;
  const conflict = theirs && differing(base, theirs).length > 0 ? theirs : null;
  const save = useSave(
    known?.slug ?? null,
    { form: base, revision: conflict ? revision : (known?.revision ?? 0) },
    (saved) => {
      unsaved.settle();
      if (saved.secret) setMade(saved);
      else leave(saved);
    },
  );

  function leave({ automation }: Saved) {
    notifyDone(`${automation.name} is saved.`);
    void navigate(shownOf(automation.slug));
  }

  /** Continues from the newer revision. */
  function goOn(next: Form, from: Form) {
    unsaved.set({ form: next, base: from, revision: known?.revision ?? 0 });
    refusals.clear();
  }

  const ahead = usePreview(previewOf(form, known?.slug ?? null, sample));
  const zone = useZone();
  const [assumed, assume] = useState(AS_MEASURED);
  const asked = useWhatIf(whatIfOf(form, base, known?.slug ?? null, assumed, zone));
  const payloadError = parseJson(form.payload).error;
  const live = liveErrors(ahead.error, form, ahead.data);
  const errors: Errors = {
    ...live,
    ...(payloadError ? { payload: payloadError } : {}),
    ...refusals.errors,
  };

  const part: PartProps = {
    form,
    errors,
    editing: known !== null,
    ahead,
    asked,
    sample,
    tryOn,
    change: (changed) => {
      unsaved.set((now) => ({ ...now, form: { ...now.form, ...changed } }));
      refusals.forget(...Object.keys(changed));
    },
  };

  function submit() {
    // The server cannot validate a payload that is not JSON, so check the rest here.
    if (payloadError) return refusals.mark({ ...aheadErrors(ahead.error), ...live, ...validationErrors(form) });
    refusals.clear();
    save.mutate(form, { onError: (error) => !isOutdated(error) && refusals.refuse(error, form.slug !== "") });
  }

  return (
    <FormPage
      title={known ? `Edit ${known.name}` : "New automation"}
      notices={
        <>
          {unsaved.restored && <DraftRestored />}
          {conflict && (
            <Conflict
              what="automation"
              nameOf={labelOf}
              base={base}
              mine={form}
              theirs={conflict}
              onMerge={() => goOn(merged(base, form, conflict), conflict)}
              onTheirs={() => goOn(conflict, conflict)}
            />
          )}
        </>
      }
      aside={
        <>
          <PreviewPanel form={form} ahead={ahead} />
          <WhatIfPanel form={form} asked={asked} assumed={assumed} onAssume={assume} />
        </>
      }
      problems={
        <ErrorSummary
          errors={refusals.errors}
          message={refusals.message}
          nameOf={(field) => (isWithin(field, "primitive") ? KINDS[form.kind].label : labelOf(field))}
        />
      }
      summary={<SummaryLine form={form} ahead={ahead} />}
      verb={known ? "Save" : "Create"}
      isBusy={save.isPending || conflict !== null}
      away={known ? shownOf(known.slug) : { to: "/" }}
      onSubmit={submit}
    >
      <PrimitivePart {...part} />
      <SourcePart {...part} />
      <LimitsPart {...part} />
      <FlowControlPart {...part} />
      <HealthPart {...part} />
      <DependenciesPart {...part} />
      <LeaveGuard unsaved={unsaved.isUnsaved} />
      {made?.secret && <SecretDialog name={made.automation.name} webhook={made.secret} onDone={() => leave(made)} />}
    </FormPage>
  );
}

const shownOf = (slug: string): NavigateOptions => ({ to: "/", search: { open: slug } as never });

/** The preview of the draft, requested when typing pauses. */
function usePreview(request: PreviewRequest) {
  const rested = useDebounced(writeJson(request), RESTS_MS);
  return useQuery(previewQuery(readJson(rested) as PreviewRequest));
}

const aheadErrors = (error: Error | null): Errors => (error instanceof ApiError ? error.fields : {});

function liveErrors(error: Error | null, form: Form, preview: Preview | undefined): Errors {
  const fields = aheadErrors(error);
  const filter = preview?.filter?.error;
  return {
    ...Object.fromEntries(LIVE_FIELDS.flatMap((path) => (fields[path] ? [[path, fields[path]]] : []))),
    ...(filter ? { [`${form.source}.filter`]: sentence(filter) } : {}),
    ...Object.fromEntries(
      (preview?.expressions ?? []).flatMap((one) => (one.error ? [[one.field, sentence(one.error)]] : [])),
    ),
  };
}
