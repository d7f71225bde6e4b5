import { useMutation, useQueryClient } from "@tanstack/react-query";

import { automationKeys, automationQuery, changeAutomation, createAutomation } from "@/api/automations";
import { liveKeys } from "@/api/live";
import { outlookKeys } from "@/api/outlook";
import { makeSecret } from "@/api/triggers";
import type { AutomationDetail } from "@/api/types";
import { differing } from "@/components/form/draft/merge";
import { saveAtRevision } from "@/components/form/draft/save-revision";

import { draftOf, type Form, formOf, patchOf, wantsSecret, withSecret } from "./draft";

export interface Saved {
  automation: AutomationDetail;
  /** The saved automation with its generated secret, if any. */
  secret: Form["webhook"] | null;
}

interface Base {
  form: Form;
  revision: number;
}

/** Creates an automation, or updates one at the loaded revision. */
export function useSave(slug: string | null, base: Base, onSaved: (saved: Saved) => void) {
  const queries = useQueryClient();

  function change(name: string, form: Form): Promise<AutomationDetail> {
    const patch = patchOf(form, base.form);
    return saveAtRevision({
      revision: base.revision,
      send: (revision) => changeAutomation(name, patch, revision),
      latest: () => queries.fetchQuery({ ...automationQuery(name), staleTime: 0 }),
      differs: (latest) => differing(base.form, formOf(latest)).length > 0,
    });
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
      await Promise.all(
        [liveKeys.all, automationKeys.all, outlookKeys.all].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
  });
}
