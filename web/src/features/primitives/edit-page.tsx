import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type NavigateOptions, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useMemo, useState } from "react";

import { changePrimitive, createPrimitive, primitiveKeys, primitiveQuery, primitivesQuery } from "@/api/primitives";
import type { Kind, Primitive } from "@/api/types";
import { Conflict } from "@/components/form/draft/conflict";
import { focusFirst } from "@/components/form/errors/focus-field";
import { FormPage } from "@/components/form/form-page";
import { DraftRestored } from "@/components/form/draft/unsaved-draft";
import { LeaveGuard } from "@/components/form/draft/leave-guard";
import { differing } from "@/components/form/draft/merge";
import { ErrorSummary } from "@/components/form/errors/error-summary";
import { isOutdated, saveAtRevision } from "@/components/form/draft/save-revision";
import { Failure, Skeleton } from "@/components/page-states";
import { notifyDone } from "@/components/messages/messages";
import { Segmented } from "@/components/ui/segmented";
import { writeJson } from "@/lib/text/exact-json";
import { KINDS } from "@/lib/words/kinds";
import { slugOf } from "@/lib/text/slug";

import { Basics } from "./editor/basics";
import { type Editing, EditingProvider } from "./editor/editing";
import { SpecPreview } from "./editor/spec-preview";
import { EDITORS } from "./editor/kinds/editors";
import { nameOf } from "./editor/fields/field-names";
import { JsonView } from "./editor/json-view";
import { type Draft, draftOf, emptyDraft, useDraft } from "./editor/use-draft";

const agentsQuery = primitivesQuery({ kind: "agent" });
const VIEWS = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
] as const;

export function NewPrimitivePage() {
  const { kind = "agent" } = useSearch({ from: "/primitives/new" });
  // Another kind in the address starts a new form.
  return <Editor key={kind} known={null} initial={emptyDraft(kind)} />;
}

export function EditPrimitivePage() {
  const { kind, slug } = useParams({ from: "/primitives/$kind/$slug/edit" });
  const primitive = useQuery(primitiveQuery(kind as Kind, slug));
  if (primitive.isPending) return <Skeleton rows={10} />;
  if (!primitive.data) return <Failure heading="h1" error={primitive.error} onRetry={() => void primitive.refetch()} />;
  return <Editor key={primitive.data.id} known={primitive.data} initial={draftOf(primitive.data)} />;
}

function useAgents() {
  const { data } = useQuery(agentsQuery);
  const found = useMemo(() => (data ?? []).toSorted((one, other) => one.name.localeCompare(other.name)), [data]);
  return { found, isKnown: data !== undefined };
}

function Editor({ known, initial }: { known: Primitive | null; initial: Draft }) {
  const navigate = useNavigate();
  const agents = useAgents();
  const [view, setView] = useState<"form" | "json">("form");
  const place = known ? `primitives/${known.id}` : "primitives/new";
  const written = useDraft(place, known, initial);
  const { draft, base, revision, theirs, goOn, errors, unread, refusals, unsaved, set, report, change, changeKind } =
    written;
  const save = useSave(known, { draft, base, revision: theirs ? revision : (known?.revision ?? 0) }, (saved) => {
    unsaved.settle();
    void navigate(pageOf(saved));
  });
  const editing: Editing = {
    spec: draft.spec,
    set,
    errors,
    report,
    agents: agents.found,
    areAgentsKnown: agents.isKnown,
  };
  const Kind = EDITORS[draft.kind];

  /** Runs the action if every field can be parsed. */
  function onceRead(go: () => void) {
    const fields = Object.keys(unread);
    if (fields.length > 0) focusFirst(fields);
    else go();
  }

  function submit() {
    refusals.clear();
    save.mutate(undefined, { onError: (error) => !isOutdated(error) && refusals.refuse(error, draft.slug !== "") });
  }

  return (
    <FormPage
      title={known ? `Edit ${known.name}` : "New primitive"}
      tools={<Segmented label="View" options={VIEWS} value={view} onChange={(next) => onceRead(() => setView(next))} />}
      notices={
        <>
          {unsaved.restored && <DraftRestored />}
          {theirs && (
            <Conflict
              what={KINDS[draft.kind].label.toLowerCase()}
              base={base}
              mine={draft}
              theirs={theirs}
              nameOf={nameOf}
              onMerge={() => goOn(theirs, true)}
              onTheirs={() => goOn(theirs, false)}
            />
          )}
        </>
      }
      aside={draft.kind !== "agent" && <SpecPreview kind={draft.kind} spec={draft.spec} canPick={view === "form"} />}
      problems={<ErrorSummary errors={refusals.errors} message={refusals.message} nameOf={nameOf} />}
      verb={known ? "Save" : "Create"}
      isBusy={save.isPending || theirs !== null}
      away={known ? pageOf(known) : { to: "/primitives" }}
      onSubmit={() => onceRead(submit)}
    >
      <Basics draft={draft} editing={known !== null} errors={errors} onKind={changeKind} onChange={change} />
      {view === "json" ? (
        <JsonView
          key={`${draft.kind}/${revision}`}
          spec={draft.spec}
          onChange={(spec) => change({ spec })}
          onUnread={(problem) => report("spec", problem)}
        />
      ) : (
        <Suspense fallback={<Skeleton rows={8} />}>
          <EditingProvider value={editing}>
            <Kind key={`${draft.kind}/${revision}`} />
          </EditingProvider>
        </Suspense>
      )}
      <LeaveGuard unsaved={unsaved.isUnsaved} />
    </FormPage>
  );
}

const pageOf = ({ kind, slug }: Primitive): NavigateOptions => ({
  to: "/primitives/$kind/$slug",
  params: { kind, slug },
});

/** The fields of the draft that differ from the loaded primitive. */
function changedOf(base: Draft, { name, description, spec }: Draft) {
  return {
    ...(name !== base.name && { name }),
    ...(description !== base.description && { description }),
    ...(writeJson(spec) !== writeJson(base.spec) && { spec: spec as never }),
  };
}

interface Written {
  draft: Draft;
  base: Draft;
  revision: number;
}

function useSave(known: Primitive | null, { draft, base, revision }: Written, onSaved: (saved: Primitive) => void) {
  const queries = useQueryClient();
  const { kind, name, description } = draft;
  const slug = draft.slug || slugOf(name);
  const spec = draft.spec as never;

  const change = () =>
    saveAtRevision({
      revision,
      send: (over) => changePrimitive(kind, slug, changedOf(base, draft), over),
      latest: () => queries.fetchQuery({ ...primitiveQuery(kind, slug), staleTime: 0 }),
      differs: (latest) => differing(base, draftOf(latest)).length > 0,
    });

  return useMutation({
    mutationFn: () => (known ? change() : createPrimitive({ kind, slug, name, description, spec })),
    onSuccess: async (saved) => {
      notifyDone(`${saved.name} is saved.`);
      // Leave first: here the saved revision would look like somebody else's.
      onSaved(saved);
      await queries.invalidateQueries({ queryKey: primitiveKeys.all });
    },
  });
}
