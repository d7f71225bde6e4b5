import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";

import { sessionKeys, sessionQuery } from "@/api/session";

import { dropKeptDraft, keep, takeKeptDraft } from "./kept-draft";

/** Holds a draft; if the session ends, the same person gets it back after signing in.
 *
 * `place` identifies the form; `isChanged` tells whether there are unsaved changes.
 */
export function useUnsavedDraft<State>(place: string, initial: State, isChanged: (state: State) => boolean) {
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  const [me] = useState({ place, who: session?.name });
  const [kept] = useState(() => takeKeptDraft(place, session?.name) as State | null);
  const [state, set] = useState(() => kept ?? initial);
  const settled = useRef(false);
  const latest = useRef({ state, isChanged });
  useEffect(() => {
    latest.current = { state, isChanged };
  }, [state, isChanged]);

  const isUnsaved = useCallback(() => !settled.current && latest.current.isChanged(latest.current.state), []);

  useEffect(() => {
    dropKeptDraft();
    return () => {
      const signedOut = queries.getQueryData(sessionKeys.all) === null;
      if (signedOut && me.who && isUnsaved()) keep({ place: me.place, who: me.who, state: latest.current.state });
    };
  }, [me, queries, isUnsaved]);

  return {
    state,
    set,
    restored: kept !== null,
    settle: () => {
      settled.current = true;
    },
    isUnsaved,
  };
}

export function DraftRestored() {
  return (
    <p role="status" className="rounded-lg border border-accent/40 bg-accent-soft px-3.5 py-2">
      Your changes from before you signed in again were restored. They are not saved yet.
    </p>
  );
}
