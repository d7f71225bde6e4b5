import { lazy, Suspense, useMemo } from "react";

import type { Kind } from "@/api/types";
import { focusField } from "@/components/form/errors/focus-field";
import { Skeleton } from "@/components/page-states";
import { useDebounced } from "@/lib/use-debounced";

import { graphOf } from "../graph/graph";
import type { Spec } from "../spec/read";

const Dag = lazy(async () => ({ default: (await import("@/components/graph/dag")).Dag }));
const RESTS_MS = 150;

/** The graph of the draft; a node links to its part of the form. */
export function SpecPreview({ kind, spec, canPick }: { kind: Kind; spec: Spec; canPick: boolean }) {
  const rested = useDebounced(spec, RESTS_MS);
  const graph = useMemo(() => graphOf(kind, rested), [kind, rested]);

  /** The graph is drawn a moment late: what it shows may have moved in the spec since. */
  function pick(id: string) {
    const label = graph?.nodes.find((node) => node.id === id)?.label;
    const now = graphOf(kind, spec)?.nodes.filter((node) => node.label === label) ?? [];
    focusField(`spec.${now.some((node) => node.id === id) ? id : (now[0]?.id ?? id)}`);
  }

  return (
    <aside aria-label="Preview" className="min-w-0">
      {graph && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <Dag graph={graph} beside onPick={canPick ? pick : undefined} />
        </Suspense>
      )}
    </aside>
  );
}
