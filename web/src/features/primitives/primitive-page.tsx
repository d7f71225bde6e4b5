import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useMemo } from "react";

import { primitiveQuery } from "@/api/primitives";
import type { Kind, Primitive } from "@/api/types";
import { KindLabel, SimulatedBadge } from "@/components/labels";
import { Failure, Skeleton } from "@/components/page-states";
import { Badge } from "@/components/ui/badge";

import { PrimitiveActions } from "./actions";
import { Specification } from "./facts/specification";
import { graphOf } from "./graph/graph";
import { LatestRuns } from "./latest-runs";
import { usesOf } from "./spec/summary";

const Dag = lazy(async () => ({ default: (await import("@/components/graph/dag")).Dag }));

export function PrimitivePage() {
  const { kind, slug } = useParams({ from: "/primitives/$kind/$slug" });
  const primitive = useQuery(primitiveQuery(kind as Kind, slug));
  if (primitive.isPending) return <Skeleton rows={12} />;
  if (!primitive.data) return <Failure heading="h1" error={primitive.error} onRetry={() => void primitive.refetch()} />;
  return <PrimitiveDetails primitive={primitive.data} />;
}

function PrimitiveDetails({ primitive }: { primitive: Primitive }) {
  const graph = useMemo(() => graphOf(primitive.kind, primitive.spec), [primitive]);
  return (
    <div className="flex flex-col gap-3 pt-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-base font-semibold">{primitive.name}</h1>
        <KindLabel kind={primitive.kind} />
        {!primitive.isActive && <Badge className="bg-sunken text-ink-2">Disabled</Badge>}
        {primitive.simulated && <SimulatedBadge />}
        <span className="text-ink-3">{usesOf(primitive) ? `Used by ${usesOf(primitive)}` : "Not used yet"}</span>
        <span className="flex-1" />
        <PrimitiveActions primitive={primitive} />
      </header>
      {primitive.description && <p className="text-ink-2">{primitive.description}</p>}
      {graph && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <Dag graph={graph} />
        </Suspense>
      )}
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <Specification primitive={primitive} />
        <Panel title="Latest runs">
          <LatestRuns primitive={primitive} />
        </Panel>
      </div>
    </div>
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
