import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Archive, CalendarPlus, Pencil, Zap } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";

import { archivePrimitive, executePrimitive, primitiveKeys, primitiveQuery } from "@/api/primitives";
import { runKeys, runsQuery } from "@/api/runs";
import { covers, sessionQuery } from "@/api/session";
import type { Kind, Primitive } from "@/api/types";
import { parseJson } from "@/components/json";
import { KindLabel, SimulatedBadge, StatusLabel, When } from "@/components/labels";
import { Failure, Skeleton } from "@/components/page-states";
import { Button, buttonClass } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, TextArea } from "@/components/ui/field";
import { notifyDone, notifyError } from "@/components/messages/messages";
import { KINDS } from "@/lib/kinds";
import { duration } from "@/lib/time";

import { ArchiveDialog } from "./archive-dialog";
import { Specification } from "./facts/specification";
import { graphOf } from "./graph";
import { usesOf } from "./summary";

const Dag = lazy(async () => ({ default: (await import("./dag")).Dag }));
const LATEST = 10;

export function PrimitivePage() {
  const { kind, slug } = useParams({ from: "/primitives/$kind/$slug" });
  const primitive = useQuery(primitiveQuery(kind as Kind, slug));
  if (primitive.isPending) return <Skeleton rows={12} />;
  if (!primitive.data) return <Failure heading="h1" error={primitive.error} onRetry={() => void primitive.refetch()} />;
  return <Shown primitive={primitive.data} />;
}

function Shown({ primitive }: { primitive: Primitive }) {
  const graph = useMemo(() => graphOf(primitive.kind, primitive.spec), [primitive]);
  return (
    <div className="flex flex-col gap-3 pt-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-base font-semibold">{primitive.name}</h1>
        <KindLabel kind={primitive.kind} />
        {primitive.simulated && <SimulatedBadge />}
        <span className="text-ink-3">{usesOf(primitive) ? `Used by ${usesOf(primitive)}` : "Not used yet"}</span>
        <span className="flex-1" />
        <Actions primitive={primitive} />
      </header>
      {primitive.description && <p className="text-ink-2">{primitive.description}</p>}
      {graph && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <Dag graph={graph} />
        </Suspense>
      )}
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <Specification primitive={primitive} />
        <Panel title="Newest runs">
          <Latest primitive={primitive} />
        </Panel>
      </div>
    </div>
  );
}

function Actions({ primitive }: { primitive: Primitive }) {
  const { data: session } = useQuery(sessionQuery());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"run" | "archive">();
  const { kind, slug } = primitive;
  const archive = useMutation({
    mutationFn: () => archivePrimitive(kind, slug),
    onSuccess: async () => {
      notifyDone(`${primitive.name} is archived.`);
      await queries.invalidateQueries({ queryKey: primitiveKeys.all });
      void navigate({ to: "/primitives" });
    },
    onError: notifyError,
    onSettled: () => setDialog(undefined),
  });
  return (
    <>
      {covers(session, "operate") && (
        <Button onClick={() => setDialog("run")}>
          <Zap className="size-3.5" /> Run once
        </Button>
      )}
      {covers(session, "admin") && (
        <>
          <Link to="/automations/new" search={{ kind, primitive: slug }} className={buttonClass()}>
            <CalendarPlus className="size-3.5" /> Automate
          </Link>
          <Link to="/primitives/$kind/$slug/edit" params={{ kind, slug }} className={buttonClass()}>
            <Pencil className="size-3.5" /> Edit
          </Link>
          <Button look="quiet" size="icon" aria-label="Archive" onClick={() => setDialog("archive")}>
            <Archive className="size-4" />
          </Button>
        </>
      )}
      {dialog === "run" && <RunDialog primitive={primitive} onClose={() => setDialog(undefined)} />}
      {dialog === "archive" && (
        <ArchiveDialog
          primitive={primitive}
          isBusy={archive.isPending}
          onArchive={() => archive.mutate()}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}

function RunDialog({ primitive, onClose }: { primitive: Primitive; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState<string>();
  const run = useMutation({
    mutationFn: (payload: unknown) => executePrimitive(KINDS[primitive.kind].path, primitive.slug, payload),
    onSuccess: (fired) => {
      void queries.invalidateQueries({ queryKey: runKeys.all });
      const made = fired.runs[0];
      if (made) void navigate({ to: "/runs/$id", params: { id: made.runId } });
    },
  });

  function start() {
    const read = parseJson(text);
    setError(read.error);
    if (!read.error) run.mutate(read.value);
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={`Run ${primitive.name} once`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={run.isPending} onClick={start}>
            Run
          </Button>
        </>
      }
    >
      <Field label="Payload (JSON)" error={error ?? run.error?.message} hint="Leave empty for no input.">
        {(ids) => (
          <TextArea
            {...ids}
            rows={5}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
    </Dialog>
  );
}

function Latest({ primitive }: { primitive: Primitive }) {
  const runs = useInfiniteQuery(runsQuery({ kind: [primitive.kind], primitive: primitive.slug }));
  const items = runs.data?.pages[0]?.items.slice(0, LATEST);
  if (!items) return <Skeleton rows={4} />;
  if (items.length === 0) return <p className="text-ink-3">It has not run yet.</p>;
  return (
    <ul className="flex flex-col">
      {items.map((run) => (
        <li key={run.id} className="relative flex h-7 items-center gap-3 rounded hover:bg-sunken/60">
          <span className="w-24">
            <StatusLabel status={run.status} />
          </span>
          <Link to="/runs/$id" params={{ id: run.id }} className="min-w-0 flex-1 truncate after:absolute after:inset-0">
            {run.automation?.name ?? (run.parentRunId ? "Child run" : "Run directly")}
          </Link>
          {run.parentRunId && (
            <Link
              to="/runs/$id"
              params={{ id: run.parentRunId }}
              className="relative inline-flex min-h-6 shrink-0 items-center text-accent hover:underline"
            >
              part of another run
            </Link>
          )}
          <span className="text-ink-3">{duration(run.durationMs)}</span>
          <When at={run.startedAt ?? run.queuedAt} className="w-16 text-right text-ink-3" />
        </li>
      ))}
    </ul>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0 rounded-lg border border-line bg-panel px-3.5 py-2.5">
      <h2 className="mb-2 font-medium">{title}</h2>
      {children}
    </section>
  );
}
