import { useCallback, useMemo, useRef, useState } from "react";

import type { Kind, Primitive } from "@/api/types";
import { useUnsaved } from "@/components/form/keeping";
import type { Errors } from "@/components/form/places";
import { useRefusals } from "@/components/form/refusals";

import { DRAFTS } from "../drafts";
import { dotted, type Path, put } from "../path";
import type { Spec } from "../reading";

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

/** What is being written, and what is wrong with it: refused by the server, or text that is no value yet. */
export function useDraft(place: string, initial: Draft) {
  const [begun] = useState(() => JSON.stringify(initial));
  const isChanged = useCallback((draft: Draft) => JSON.stringify(draft) !== begun, [begun]);
  const unsaved = useUnsaved(place, initial, isChanged);
  const { state: draft, set: setDraft } = unsaved;
  const refusals = useRefusals();
  const { forget } = refusals;
  const [unread, setUnread] = useState<Errors>({});
  // The specs of the other kinds, should one change one's mind.
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

  const errors = useMemo(() => ({ ...refusals.errors, ...unread }), [refusals.errors, unread]);
  return { draft, errors, unread, refusals, unsaved, set, report, change, changeKind };
}
