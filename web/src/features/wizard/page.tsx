import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { automationKeys, automationQuery, changeAutomation, createAutomation } from "@/api/automations";
import { ApiError } from "@/api/client";
import { liveKeys } from "@/api/live";
import { loadKeys } from "@/api/load";
import type { AutomationDetail } from "@/api/types";
import { parseJson } from "@/components/json";
import { Failure, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { sayDone } from "@/components/ui/toast";
import { useZone } from "@/lib/preferences";

import { Consequences } from "./consequences";
import { draftOf, emptyForm, type Form, formOf, patchOf } from "./draft";
import { HealthPart } from "./health-part";
import { LimitsPart } from "./limits-part";
import { SourcePart } from "./source-part";
import { WhatPart } from "./what-part";

export function NewAutomationPage() {
  const { kind, primitive } = useSearch({ from: "/automations/new" });
  const zone = useZone();
  return <Wizard known={null} initial={emptyForm(kind ?? "agent", primitive ?? "", zone)} />;
}

export function EditAutomationPage() {
  const { slug } = useParams({ from: "/automations/$slug/edit" });
  const automation = useQuery({ ...automationQuery(slug), refetchOnWindowFocus: false });
  if (automation.isPending) return <Skeleton rows={12} />;
  if (!automation.data) return <Failure error={automation.error} onRetry={() => void automation.refetch()} />;
  return <Wizard key={slug} known={automation.data} initial={formOf(automation.data)} />;
}

/** What one part of the form gets: the whole form, a way to change it, and what the server said of each field. */
export interface PartProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  errors: Readonly<Record<string, string>>;
  editing: boolean;
}

function Wizard({ known, initial }: { known: AutomationDetail | null; initial: Form }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [form, setForm] = useState(initial);
  // What is saved is the revision that was read, not one that somebody saved meanwhile.
  const [revision] = useState(known?.revision ?? 0);
  const payloadError = parseJson(form.payload).error;

  const save = useMutation({
    mutationFn: () => (known ? changeAutomation(known.slug, patchOf(form), revision) : createAutomation(draftOf(form))),
    onSuccess: async (saved) => {
      sayDone(`${saved.name} is saved.`);
      await Promise.all([liveKeys.all, automationKeys.all, loadKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey })));
      void navigate({ to: "/", search: { open: saved.slug } as never });
    },
  });
  const refusal = save.error instanceof ApiError ? save.error : null;
  const errors = { ...refusal?.fields, ...(payloadError ? { payload: payloadError } : {}) };
  const part: PartProps = {
    form,
    errors,
    editing: known !== null,
    change: (changed) => {
      setForm((now) => ({ ...now, ...changed }));
      if (save.isError) save.reset();
    },
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!payloadError) save.mutate();
  }

  return (
    <form onSubmit={submit} className="mx-auto grid max-w-6xl gap-x-5 gap-y-3 pt-4 lg:grid-cols-[minmax(0,1fr)_20rem]" noValidate>
      <h1 className="text-base font-semibold lg:col-span-2">{known ? `Edit ${known.name}` : "New automation"}</h1>
      <div className="flex min-w-0 flex-col gap-3">
        <WhatPart {...part} />
        <SourcePart {...part} />
        <LimitsPart {...part} />
        <HealthPart {...part} />
      </div>
      <aside className="flex flex-col gap-3 lg:sticky lg:top-16 lg:self-start">
        <Consequences form={form} automation={known?.slug ?? null} />
        {refusal && (
          <p role="alert" className="rounded-lg border border-failing/40 bg-panel px-3.5 py-2.5 text-failing">
            {refusal.message} {refusal.hint}
          </p>
        )}
        <div className="flex gap-2">
          <Button type="submit" look="primary" className="flex-1 justify-center" disabled={save.isPending}>
            {known ? "Save" : "Create"}
          </Button>
          <Button onClick={() => window.history.back()}>Cancel</Button>
        </div>
      </aside>
    </form>
  );
}
