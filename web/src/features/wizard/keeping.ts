import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

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
  const [kept] = useState(() => takeKept(place, who));
  const [state, set] = useState<State>(() => kept ?? initial);
  const settled = useRef(false);
  const latest = useRef(state);
  latest.current = state;

  const isUnsaved = () => !settled.current && differing(latest.current.form, latest.current.base).length > 0;

  useEffect(() => {
    dropKept();
    return () => {
      const signedOut = queries.getQueryData(sessionKeys.all) === null;
      if (signedOut && who && isUnsaved()) keepForm({ ...latest.current, place, who });
    };
    // Only coming and going count; what is written is read when it goes.
  }, []);

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
