import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type FormEvent, lazy, Suspense, useMemo, useState } from "react";

import { ApiError } from "@/api/client";
import { changePrimitive, createPrimitive, primitiveKeys, primitiveQuery } from "@/api/primitives";
import type { Kind, Primitive } from "@/api/types";
import { parseJson } from "@/components/json";
import { Failure, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Field, Input, Select, TextArea } from "@/components/ui/field";
import { sayDone } from "@/components/ui/toast";
import { KIND_LIST, KINDS } from "@/lib/kinds";
import { slugOf } from "@/lib/slug";

import { graphOf } from "./graph";
import { TEMPLATES } from "./templates";

const Dag = lazy(async () => ({ default: (await import("./dag")).Dag }));

export function NewPrimitivePage() {
  const { kind } = useSearch({ from: "/primitives/new" });
  return <Form known={null} initialKind={kind ?? "agent"} />;
}

export function EditPrimitivePage() {
  const { kind, slug } = useParams({ from: "/primitives/$kind/$slug/edit" });
  const primitive = useQuery({ ...primitiveQuery(kind as Kind, slug), refetchOnWindowFocus: false });
  if (primitive.isPending) return <Skeleton rows={10} />;
  if (!primitive.data) return <Failure error={primitive.error} onRetry={() => void primitive.refetch()} />;
  return <Form known={primitive.data} initialKind={primitive.data.kind} />;
}

function Form({ known, initialKind }: { known: Primitive | null; initialKind: Kind }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [kind, setKind] = useState(initialKind);
  const [name, setName] = useState(known?.name ?? "");
  const [slug, setSlug] = useState(known?.slug ?? "");
  const [description, setDescription] = useState(known?.description ?? "");
  const [text, setText] = useState(() => JSON.stringify(known?.spec ?? TEMPLATES[initialKind], null, 2));
  const read = useMemo(() => parseJson(text), [text]);
  const graph = useMemo(() => graphOf(kind, (read.value ?? {}) as Record<string, unknown>), [kind, read]);

  const save = useMutation({
    mutationFn: async () => {
      const spec = read.value as never;
      if (known) return changePrimitive(known.kind, known.slug, { name, description, spec });
      return createPrimitive({ kind, slug: slug || slugOf(name), name, description, spec });
    },
    onSuccess: async (saved) => {
      sayDone(`${saved.name} is saved.`);
      await queries.invalidateQueries({ queryKey: primitiveKeys.all });
      void navigate({ to: "/primitives/$kind/$slug", params: { kind: saved.kind, slug: saved.slug } });
    },
  });
  const refusal = save.error instanceof ApiError ? save.error : null;
  const ofSpec = Object.entries(refusal?.fields ?? {}).filter(([field]) => field.startsWith("spec"));
  const elsewhere = refusal && Object.keys(refusal.fields).every((field) => !/^(spec|name|slug|description)/.test(field));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!read.error) save.mutate();
  }

  function changeKind(next: Kind) {
    // What nobody has touched follows the kind.
    if (text === JSON.stringify(TEMPLATES[kind], null, 2)) setText(JSON.stringify(TEMPLATES[next], null, 2));
    setKind(next);
  }

  return (
    <form onSubmit={submit} className="mx-auto flex max-w-4xl flex-col gap-4 pt-4">
      <h1 className="text-base font-semibold">{known ? `Edit ${known.name}` : "New primitive"}</h1>
      <div className="grid gap-4 rounded-lg border border-line bg-panel p-4 sm:grid-cols-2">
        <Field label="Kind">
          {(ids) => (
            <Select {...ids} value={kind} disabled={known !== null} onChange={(event) => changeKind(event.target.value as Kind)}>
              {KIND_LIST.map((one) => (
                <option key={one} value={one}>
                  {KINDS[one].label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Name" error={refusal?.fields.name}>
          {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Slug" error={refusal?.fields.slug} hint="How declarations and other primitives name it.">
          {(ids) => (
            <Input {...ids} disabled={known !== null} value={slug} placeholder={slugOf(name)} onChange={(event) => setSlug(event.target.value)} />
          )}
        </Field>
        <Field label="Description" error={refusal?.fields.description}>
          {(ids) => <Input {...ids} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
      </div>
      {graph && (
        <Suspense fallback={<Skeleton rows={3} />}>
          <Dag graph={graph} />
        </Suspense>
      )}
      <Field
        label="Specification (JSON)"
        error={read.error ?? (ofSpec.length > 0 ? ofSpec.map(([field, detail]) => `${field}: ${detail}`).join("\n") : undefined)}
        hint="A secret that is shown as ******** stays what it is."
      >
        {(ids) => (
          <TextArea
            {...ids}
            rows={Math.min(28, Math.max(10, text.split("\n").length + 1))}
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
      {elsewhere && (
        <p role="alert" className="text-failing">
          {refusal.message} {refusal.hint}
        </p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={save.isPending || Boolean(read.error)}>
          Save
        </Button>
        <Button onClick={() => window.history.back()}>Cancel</Button>
      </div>
    </form>
  );
}
