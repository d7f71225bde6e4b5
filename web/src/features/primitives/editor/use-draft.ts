import { useCallback, useMemo, useRef, useState } from "react";

import type { Kind, Primitive } from "@/api/types";
import { useUnsavedDraft } from "@/components/form/draft/unsaved-draft";
import { differing, merged } from "@/components/form/draft/merge";
import type { Errors } from "@/components/form/errors/field-paths";
import { useFieldErrors } from "@/components/form/errors/field-errors";

import { DRAFTS } from "../spec/initial";
import { dotted, type Path, put } from "../spec/path";
import type { Spec } from "../spec/read";

export interface Draft {
  kind: Kind;
  name: string;
  slug: string;
  description: string;
  spec: Spec;
}

export function draftOf(known: Primitive): Draft {
  const { kind, name, slug, description, spec } = known;
  return { kind, name, slug, description, spec };
}

export function emptyDraft(kind: Kind): Draft {
  return { kind, name: "", slug: "", description: "", spec: DRAFTS[kind] };
}

interface State {
  draft: Draft;
  /** The loaded primitive and its revision. */
  base: Draft;
  revision: number;
}

const isChanged = ({ draft, base }: State) => differing(draft, base).length > 0;

/** The draft and its errors: the server's, and those of text that cannot be parsed. */
export function useDraft(place: string, known: Primitive | null, initial: Draft) {
  const unsaved = useUnsavedDraft<State>(
    place,
    { draft: initial, base: initial, revision: known?.revision ?? 0 },
    isChanged,
  );
  const { state, set: setState } = unsaved;
  const { draft, base, revision } = state;
  const setDraft = useCallback(
    (next: (draft: Draft) => Draft) => setState((now) => ({ ...now, draft: next(now.draft) })),
    [setState],
  );
  const refusals = useFieldErrors();
  const { forget } = refusals;
  const [unread, setUnread] = useState<Errors>({});
  // The specs of the other kinds, so that switching back keeps them.
  const left = useRef<Partial<Record<Kind, Spec>>>({});

  const set = useCallback(
    (path: Path, value: unknown) => {
      setDraft((now) => ({ ...now, spec: put(now.spec, path, value) as Spec }));
      forget(dotted(path));
    },
    [setDraft, forget],
  );
  const report = useCallback((field: string, problem: string | null) => {
    setUnread((now) => {
      const { [field]: _, ...others } = now;
      return problem === null ? others : { ...others, [field]: problem };
    });
  }, []);
  const change = useCallback(
    (part: Partial<Draft>) => {
      setDraft((now) => ({ ...now, ...part }));
      forget(...Object.keys(part));
    },
    [setDraft, forget],
  );

  function changeKind(kind: Kind) {
    left.current[draft.kind] = draft.spec;
    setUnread({});
    change({ kind, spec: left.current[kind] ?? DRAFTS[kind] });
  }

  // A newer revision that changed only other fields (such as the switch) is not a conflict.
  const newer = known && known.revision !== revision ? draftOf(known) : null;
  const theirs = newer && differing(base, newer).length > 0 ? newer : null;

  /** Continues from the newer revision, with or without my changes. */
  function goOn(from: Draft, keeping: boolean) {
    setUnread({});
    refusals.clear();
    setState({ draft: keeping ? merged(base, draft, from) : from, base: from, revision: known?.revision ?? 0 });
  }

  const errors = useMemo(() => ({ ...refusals.errors, ...unread }), [refusals.errors, unread]);
  return { draft, base, revision, theirs, goOn, errors, unread, refusals, unsaved, set, report, change, changeKind };
}
