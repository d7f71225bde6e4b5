import { useCallback, useMemo, useRef, useState } from "react";

import type { Kind, Primitive } from "@/api/types";

import { DRAFTS } from "../drafts";
import { dotted, isWithin, type Path, put } from "../path";
import type { Spec } from "../reading";

export interface Draft {
  kind: Kind;
  name: string;
  slug: string;
  description: string;
  spec: Spec;
}

type Errors = Readonly<Record<string, string>>;

export function draftOf(known: Primitive): Draft {
  const { kind, name, slug, description, spec } = known;
  return { kind, name, slug, description, spec };
}

export function emptyDraft(kind: Kind, agent: string): Draft {
  return { kind, name: "", slug: "", description: "", spec: DRAFTS[kind](agent) };
}

const without = (errors: Errors, gone: (field: string) => boolean): Errors =>
  Object.fromEntries(Object.entries(errors).filter(([field]) => !gone(field)));

/** What is being written, and what is wrong with it; a refusal is forgotten where its field changes. */
export function useDraft(initial: Draft, agent: string) {
  const [draft, setDraft] = useState(initial);
  const [refused, setRefused] = useState<Errors>({});
  const [unread, setUnread] = useState<Errors>({});
  // The specs of the other kinds, should one change one's mind.
  const left = useRef<Partial<Record<Kind, Spec>>>({});
  const [begun] = useState(() => JSON.stringify(initial));

  const set = useCallback((path: Path, value: unknown) => {
    const place = dotted(path);
    setDraft((now) => ({ ...now, spec: put(now.spec, path, value) as Spec }));
    setRefused((now) => without(now, (field) => isWithin(field, place) || isWithin(place, field)));
  }, []);
  const report = useCallback((place: string, problem: string | null) => {
    setUnread((now) => (problem === null ? without(now, (field) => field === place) : { ...now, [place]: problem }));
  }, []);
  const change = useCallback((part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }));
    setRefused((now) => without(now, (field) => Object.keys(part).some((name) => isWithin(field, name))));
  }, []);

  function changeKind(kind: Kind) {
    left.current[draft.kind] = draft.spec;
    setUnread({});
    change({ kind, spec: left.current[kind] ?? DRAFTS[kind](agent) });
  }

  const errors = useMemo(() => ({ ...refused, ...unread }), [refused, unread]);
  return { draft, errors, unread, set, report, change, changeKind, refuse: setRefused, isChanged: JSON.stringify(draft) !== begun };
}
