import { useMutation, useQueryClient } from "@tanstack/react-query";

import { automationKeys, automationQuery, changeAutomation, createAutomation } from "@/api/automations";
import { ApiError } from "@/api/client";
import { liveKeys } from "@/api/live";
import { loadKeys } from "@/api/load";
import { makeSecret } from "@/api/triggers";
import type { AutomationDetail } from "@/api/types";

import { draftOf, type Form, patchOf, wantsSecret, withSecret } from "./draft";

const STALE = 412;

export interface Saved {
  automation: AutomationDetail;
  /** What was saved, with the secret that was made for it; only where one was. */
  secret: Form["webhook"] | null;
}

interface Base {
  form: Form;
  revision: number;
}

/** Saves the form: a new automation, or what is changed of one at the revision that was read. */
export function useSaving(slug: string | null, base: Base, onSaved: (saved: Saved) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (form: Form): Promise<Saved> => {
      const wants = wantsSecret(form);
      const whole = wants ? withSecret(form, await makeSecret()) : form;
      const automation = slug
        ? await changeAutomation(slug, patchOf(whole, base.form), base.revision)
        : await createAutomation(draftOf(whole));
      return { automation, secret: wants ? whole.webhook : null };
    },
    onSuccess: async (saved) => {
      onSaved(saved);
      await Promise.all([liveKeys.all, automationKeys.all, loadKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
    onError: (error) => {
      // What stands there now is what the conflict is told by.
      if (slug && error instanceof ApiError && error.status === STALE) {
        void queries.invalidateQueries({ queryKey: automationQuery(slug).queryKey });
      }
    },
  });
}
