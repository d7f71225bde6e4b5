import { useMutation, useQueryClient } from "@tanstack/react-query";

import { automationKeys, automationQuery, changeAutomation, createAutomation } from "@/api/automations";
import { ApiError } from "@/api/client";
import { liveKeys } from "@/api/live";
import { loadKeys } from "@/api/load";
import { makeSecret } from "@/api/triggers";
import type { AutomationDetail } from "@/api/types";

import { draftOf, type Form, formOf, patchOf, wantsSecret, withSecret } from "./draft";
import { differing } from "./merge";

/** Whether somebody else saved it meanwhile. */
export const isStale = (error: unknown) => error instanceof ApiError && error.status === 412;

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

  /** Where the newer revision differs in nothing that the form has (it was paused, say), it is no conflict. */
  async function change(name: string, form: Form): Promise<AutomationDetail> {
    const patch = patchOf(form, base.form);
    try {
      return await changeAutomation(name, patch, base.revision);
    } catch (error) {
      if (!isStale(error)) throw error;
      const latest = await queries.fetchQuery({ ...automationQuery(name), staleTime: 0 });
      if (differing(base.form, formOf(latest)).length > 0) throw error;
      return changeAutomation(name, patch, latest.revision);
    }
  }

  return useMutation({
    mutationFn: async (form: Form): Promise<Saved> => {
      const wants = wantsSecret(form);
      const whole = wants ? withSecret(form, await makeSecret()) : form;
      const automation = slug ? await change(slug, whole) : await createAutomation(draftOf(whole));
      return { automation, secret: wants ? whole.webhook : null };
    },
    onSuccess: async (saved) => {
      onSaved(saved);
      await Promise.all([liveKeys.all, automationKeys.all, loadKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}
