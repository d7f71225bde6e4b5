import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { sessionKeys } from "@/api/session";

import type { Form } from "./draft";
import { dropKept, keepForm, takeKept } from "./kept";
import { differing } from "./merge";

/** What is written, and the saved state that it began from. */
interface State {
  form: Form;
  base: Form;
  revision: number;
}

/** Holds what is written; where the session ends meanwhile, it is there again for whoever signs in as the same person. */
export function useUnsaved(place: string, who: string | undefined, initial: State) {
  const queries = useQueryClient();
  const [me] = useState({ place, who });
  const [kept] = useState(() => takeKept(place, who));
  const [state, set] = useState<State>(() => kept ?? initial);
  const settled = useRef(false);
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  }, [state]);

  const isUnsaved = useCallback(
    () => !settled.current && differing(latest.current.form, latest.current.base).length > 0,
    [],
  );

  useEffect(() => {
    dropKept();
    return () => {
      const signedOut = queries.getQueryData(sessionKeys.all) === null;
      const { place: here, who: name } = me;
      if (signedOut && name && isUnsaved()) keepForm({ ...latest.current, place: here, who: name });
    };
  }, [me, queries, isUnsaved]);

  return {
    state,
    set,
    restored: kept !== null,
    change: (part: Partial<Form>) => set((now) => ({ ...now, form: { ...now.form, ...part } })),
    settle: () => {
      settled.current = true;
    },
    isUnsaved,
  };
}
