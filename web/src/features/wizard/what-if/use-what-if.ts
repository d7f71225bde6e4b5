import { useQuery, type UseQueryResult } from "@tanstack/react-query";

import { type WhatIf, whatIfQuery, type WhatIfRequest } from "@/api/load";
import { covers, sessionQuery } from "@/api/session";
import { readJson, writeJson } from "@/lib/text/exact-json";
import { useDebounced } from "@/lib/use-debounced";

/** A simulation takes a moment: it waits until the form has not changed for this long. */
const RESTS_MS = 900;

export interface Asked {
  /** Whether the key may ask. */
  allowed: boolean;
  /** Whether there is a question: the form is complete, and the key may ask. */
  asks: boolean;
  /** Whether the answer is to an earlier question. */
  outdated: boolean;
  answer: UseQueryResult<WhatIf>;
}

/** The what-if of the form, asked when typing pauses. */
export function useWhatIf(request: WhatIfRequest | null): Asked {
  const session = useQuery(sessionQuery());
  const mayAsk = session.data !== undefined && covers(session.data, "operate");
  // Until it is known whether the key may ask, nothing is asked, and nothing is said about it.
  const allowed = session.data === undefined || mayAsk;
  const written = request && mayAsk ? writeJson(request) : "";
  const rested = useDebounced(written, RESTS_MS);
  const answer = useQuery(whatIfQuery(rested === "" ? null : (readJson(rested) as WhatIfRequest)));
  return { allowed, asks: written !== "", outdated: rested !== written || answer.isFetching, answer };
}
