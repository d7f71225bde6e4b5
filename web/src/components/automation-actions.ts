import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import {
  archiveAutomation,
  automationKeys,
  fireAutomation,
  pauseAutomation,
  restoreAutomation,
  resumeAutomation,
} from "@/api/automations";
import { liveKeys } from "@/api/live";
import { outlookKeys } from "@/api/outlook";
import { runKeys } from "@/api/runs";

import { notifyDone, notifyError, type Undo } from "@/components/messages/messages";

interface Named {
  slug: string;
  name: string;
}

/** Actions on automations; each shows a message, with Undo if the action is reversible. */
export function useAutomationActions() {
  const queries = useQueryClient();

  const refresh = useCallback(async () => {
    const touched = [liveKeys.all, automationKeys.all, runKeys.all, outlookKeys.all];
    await Promise.all(touched.map((queryKey) => queries.invalidateQueries({ queryKey })));
  }, [queries]);

  const attempt = useCallback(
    async (work: () => Promise<unknown>, done: string, about?: string, undo?: Undo): Promise<boolean> => {
      const worked = await work().then(
        () => {
          notifyDone(done, undo, about);
          return true;
        },
        (error: unknown) => {
          notifyError(error);
          return false;
        },
      );
      await refresh();
      return worked;
    },
    [refresh],
  );

  const setActive = useCallback(
    async (one: Named, active: boolean): Promise<boolean> => {
      const change = (to: boolean) => (to ? resumeAutomation(one.slug) : pauseAutomation(one.slug));
      return attempt(
        () => change(active),
        `${one.name} is ${active ? "resumed" : "paused"}.`,
        one.slug,
        () => attempt(() => change(!active), `${one.name} is ${active ? "paused" : "resumed"} again.`, one.slug),
      );
    },
    [attempt],
  );

  const snooze = useCallback(
    (one: Named, until: string, reason = "") =>
      attempt(
        () => pauseAutomation(one.slug, reason, until),
        `${one.name} is snoozed.`,
        one.slug,
        () => attempt(() => resumeAutomation(one.slug), `${one.name} is resumed again.`, one.slug),
      ),
    [attempt],
  );

  const fire = useCallback(
    (one: Named, payload?: unknown, force = false) =>
      attempt(() => fireAutomation(one.slug, payload, force), `${one.name} was fired.`),
    [attempt],
  );

  const resume = useCallback(
    (one: Named) => attempt(() => resumeAutomation(one.slug), `${one.name} is resumed.`, one.slug),
    [attempt],
  );

  const restore = useCallback(
    (one: Named) => attempt(() => restoreAutomation(one.slug), `${one.name} is restored.`, one.slug),
    [attempt],
  );

  const archive = useCallback(
    (one: Named) => attempt(() => archiveAutomation(one.slug), `${one.name} is archived. Its runs are kept.`, one.slug),
    [attempt],
  );

  return { setActive, snooze, fire, resume, restore, archive, refresh };
}
