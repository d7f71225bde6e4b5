import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type FormEvent, Suspense, useMemo, useRef, useState } from "react";

import { ApiError } from "@/api/client";
import { changePrimitive, createPrimitive, primitiveKeys, primitiveQuery, primitivesQuery } from "@/api/primitives";
import type { Kind, Primitive } from "@/api/types";
import { Failure, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { sayDone } from "@/components/ui/toast";
import { cn } from "@/lib/cn";
import { slugOf } from "@/lib/slug";

import { Basics } from "./editor/basics";
import { type Editing, EditingProvider } from "./editor/context";
import { Drawn } from "./editor/drawn";
import { EDITORS } from "./editor/editors";
import { focusFirst } from "./editor/focus";
import { JsonView } from "./editor/json-view";
import { Leaving } from "./editor/leaving";
import { Problems } from "./editor/problems";
import { type Draft, draftOf, emptyDraft, useDraft } from "./editor/use-draft";

const agentsQuery = primitivesQuery({ kind: "agent" });
const VIEWS = [
  { value: "form", label: "Form" },
  { value: "json", label: "JSON" },
] as const;

export function NewPrimitivePage() {
  const { kind = "agent" } = useSearch({ from: "/primitives/new" });
  const agents = useAgents();
  if (agents.isPending) return <Skeleton rows={10} />;
  // Another kind in the address is another beginning.
  return <Editor key={kind} known={null} initial={emptyDraft(kind, agents.found[0]?.slug ?? "")} />;
}

export function EditPrimitivePage() {
  const { kind, slug } = useParams({ from: "/primitives/$kind/$slug/edit" });
  const primitive = useQuery({ ...primitiveQuery(kind as Kind, slug), refetchOnWindowFocus: false });
  if (primitive.isPending) return <Skeleton rows={10} />;
  if (!primitive.data) return <Failure error={primitive.error} onRetry={() => void primitive.refetch()} />;
  return <Editor key={primitive.data.id} known={primitive.data} initial={draftOf(primitive.data)} />;
}

function useAgents() {
  const { data, isPending } = useQuery(agentsQuery);
  const found = useMemo(() => (data ?? []).toSorted((one, other) => one.name.localeCompare(other.name)), [data]);
  return { found, isPending, isKnown: data !== undefined };
}

function Editor({ known, initial }: { known: Primitive | null; initial: Draft }) {
  const navigate = useNavigate();
  const agents = useAgents();
  const [view, setView] = useState<"form" | "json">("form");
  const isFree = useRef(false);
  const { draft, errors, unread, set, report, change, changeKind, refuse, isChanged } = useDraft(initial, agents.found[0]?.slug ?? "");
  const save = useSave(known, draft, {
    onSaved: (saved) => {
      isFree.current = true;
      void navigate({ to: "/primitives/$kind/$slug", params: { kind: saved.kind, slug: saved.slug } });
    },
    onRefused: (fields) => {
      refuse(fields);
      // Once the fields show what is wrong with them.
      setTimeout(() => focusFirst(Object.keys(fields)));
    },
  });
  const editing: Editing = { spec: draft.spec, set, errors, report, agents: agents.found, areAgentsKnown: agents.isKnown };
  const Kind = EDITORS[draft.kind];
  const isDrawn = draft.kind !== "agent";
  const isUnread = Object.keys(unread).length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isUnread) focusFirst(Object.keys(unread));
    else save.mutate();
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      // The bars at the top and the bottom never cover what has the focus.
      className={cn("[&_:is(input,textarea,select,button,summary)]:scroll-mt-16 [&_:is(input,textarea,select,button,summary)]:scroll-mb-28", "mx-auto grid gap-x-5 gap-y-3 pt-4", isDrawn ? "max-w-6xl lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-[auto_auto_1fr]" : "max-w-4xl")}
    >
      <header className="flex items-center gap-3 lg:col-span-full">
        <h1 className="min-w-0 flex-1 truncate text-base font-semibold">{known ? `Edit ${known.name}` : "New primitive"}</h1>
        <Segmented label="View" options={VIEWS} value={view} onChange={(next) => (isUnread ? focusFirst(Object.keys(unread)) : setView(next))} />
      </header>
      <Basics draft={draft} editing={known !== null} errors={errors} onKind={changeKind} onChange={change} />
      {isDrawn && <Drawn kind={draft.kind} spec={draft.spec} canPick={view === "form"} />}
      <div className="flex min-w-0 flex-col gap-3 lg:col-start-1">
        {view === "json" ? (
          <JsonView key={draft.kind} spec={draft.spec} onChange={(spec) => change({ spec })} onUnread={(problem) => report("spec", problem)} />
        ) : (
          <Suspense fallback={<Skeleton rows={8} />}>
            <EditingProvider value={editing}>
              <Kind key={draft.kind} />
            </EditingProvider>
          </Suspense>
        )}
      </div>
      <footer className="sticky bottom-0 z-20 -mx-1 flex flex-col gap-2 border-t border-line bg-canvas px-1 pt-2 pb-3 lg:col-span-full">
        <Problems errors={errors} message={messageOf(save.error, errors)} />
        <div className="flex gap-2">
          <Button type="submit" look="primary" disabled={save.isPending}>
            {known ? "Save" : "Create"}
          </Button>
          <Button onClick={() => void navigate(known ? { to: "/primitives/$kind/$slug", params: { kind: known.kind, slug: known.slug } } : { to: "/primitives" })}>
            Cancel
          </Button>
        </div>
      </footer>
      <Leaving isChanged={isChanged} isFree={isFree} />
    </form>
  );
}

interface Outcomes {
  onSaved: (saved: Primitive) => void;
  onRefused: (fields: Readonly<Record<string, string>>) => void;
}

function useSave(known: Primitive | null, draft: Draft, { onSaved, onRefused }: Outcomes) {
  const queries = useQueryClient();
  const { kind, name, description, slug } = draft;
  const spec = draft.spec as never;
  return useMutation({
    mutationFn: () =>
      known ? changePrimitive(known.kind, known.slug, { name, description, spec }) : createPrimitive({ kind, slug: slug || slugOf(name), name, description, spec }),
    onSuccess: async (saved) => {
      sayDone(`${saved.name} is saved.`);
      await queries.invalidateQueries({ queryKey: primitiveKeys.all });
      onSaved(saved);
    },
    onError: (error) => onRefused(error instanceof ApiError ? error.fields : {}),
  });
}

/** What the refusal says beyond its fields. */
function messageOf(error: Error | null, errors: Readonly<Record<string, string>>): string | null {
  if (!error) return null;
  const refusal = error instanceof ApiError ? error : null;
  if (!refusal || Object.keys(refusal.fields).length === 0) return [error.message, refusal?.hint].filter(Boolean).join(" ");
  return Object.keys(refusal.fields).some((field) => field in errors) ? refusal.hint : null;
}
