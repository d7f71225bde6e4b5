import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Waypoints, X } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";

import { dependencyGraphQuery } from "@/api/dependencies";
import type { DependencyGraph } from "@/api/types";
import { AutomationField } from "@/components/form/automation-field";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, Notice, Skeleton } from "@/components/page-states";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/switch";
import { plural } from "@/lib/text/format";
import { useNow } from "@/lib/time/now";

import { drawn, sentences } from "./graph";

const Dag = lazy(async () => ({ default: (await import("@/components/graph/dag")).Dag }));
/** The texts "in 3 h" need no redrawing every second. */
const MINUTE_MS = 60_000;

/** What depends on what, drawn: around one automation, or everything that has a dependency. */
export function DependenciesPage() {
  const { automation, structure } = useSearch({ from: "/dependencies" });
  const navigate = useNavigate({ from: "/dependencies" });
  const change = (part: { automation?: string | undefined; structure?: true | undefined }) =>
    void navigate({ search: (now) => ({ ...now, ...part }), replace: true });
  const graph = useQuery(
    dependencyGraphQuery({ ...(automation ? { automation } : {}), ...(structure ? { structure: true } : {}) }),
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
        <h1 className="text-base font-semibold">Dependencies</h1>
        <div className="flex items-center gap-1 [&_label]:sr-only">
          <AutomationField
            label="Only around this automation"
            className="w-60"
            value={automation ?? ""}
            onChange={(slug) => change({ automation: slug })}
          />
          {automation && (
            <Button look="quiet" size="icon" aria-label="Show all" onClick={() => change({ automation: undefined })}>
              <X className="size-4" />
            </Button>
          )}
        </div>
        <span className="flex items-center gap-2">
          <Switch
            label="Show what they run"
            checked={structure === true}
            onChange={(on) => change({ structure: on || undefined })}
          />
          <span aria-hidden>Show what they run</span>
        </span>
        <Legend structure={structure === true} />
      </div>
      {graph.isPending && <Skeleton rows={8} />}
      {graph.isError && !graph.data && <Failure error={graph.error} onRetry={() => void graph.refetch()} />}
      {graph.data && <Drawn graph={graph.data} around={automation} />}
    </>
  );
}

function Drawn({ graph, around }: { graph: DependencyGraph; around: string | undefined }) {
  const open = useOpenAutomation();
  const navigate = useNavigate();
  const minute = Math.floor(useNow() / MINUTE_MS) * MINUTE_MS;
  const picture = useMemo(() => drawn(graph, minute, around), [graph, minute, around]);
  if (graph.edges.length === 0 && !around) return <NoDependencies />;

  function pick(id: string) {
    const node = graph.nodes.find((one) => one.id === id);
    if (node?.type === "automation") open(node.slug);
    else if (node) void navigate({ to: "/primitives/$kind/$slug", params: { kind: node.kind, slug: node.slug } });
  }

  return (
    <>
      {graph.nodesLeftOut > 0 && (
        <p className="mb-2 text-ink-2">
          {plural(graph.nodesLeftOut, "more node")} not drawn. Choose an automation to see what is around it.
        </p>
      )}
      <Suspense fallback={<Skeleton rows={8} />}>
        <Dag graph={picture} onPick={pick} />
      </Suspense>
      {graph.edges.length === 0 && (
        <p className="mt-2 text-ink-2">It neither depends on another automation nor triggers one.</p>
      )}
      <ul aria-label="Arrows" className="sr-only">
        {sentences(graph).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}

function NoDependencies() {
  return (
    <Notice icon={Waypoints} title="No dependencies yet">
      Open an automation and add what it depends on, or what it triggers. Pausing it then warns of them, and the end of
      its runs can fire them.
    </Notice>
  );
}

function Legend({ structure }: { structure: boolean }) {
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-3">
      <span className="flex items-center gap-1.5">
        <Line /> {structure ? "fires, or is run by" : "fires"}
      </span>
      <span className="flex items-center gap-1.5">
        <Line dashed /> is needed by
      </span>
    </p>
  );
}

const Line = ({ dashed = false }: { dashed?: boolean }) => (
  <svg aria-hidden width="26" height="8" className="text-ink-3">
    <path d="M0 4h20" stroke="currentColor" strokeDasharray={dashed ? "4 3" : undefined} />
    <path d="M20 1l5 3-5 3z" fill="currentColor" />
  </svg>
);
