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
import { loadKeys } from "@/api/load";
import { runKeys } from "@/api/runs";

import { sayDone, sayFailed } from "./ui/toast";

interface Named {
  slug: string;
  name: string;
}

/** What people do to automations; each says what it did, and the reversible ones can be taken back. */
export function useAutomationActions() {
  const queries = useQueryClient();

  const refresh = useCallback(async () => {
    const touched = [liveKeys.all, automationKeys.all, runKeys.all, loadKeys.all];
    await Promise.all(touched.map((queryKey) => queries.invalidateQueries({ queryKey })));
  }, [queries]);

  const attempt = useCallback(
    async (work: () => Promise<unknown>, done: string, undo?: () => void): Promise<boolean> => {
      try {
        await work();
        sayDone(done, undo);
        return true;
      } catch (error) {
        sayFailed(error);
        return false;
      } finally {
        await refresh();
      }
    },
    [refresh],
  );

  const setActive = useCallback(
    async (one: Named, active: boolean): Promise<boolean> => {
      const change = (to: boolean) => (to ? resumeAutomation(one.slug) : pauseAutomation(one.slug));
      return attempt(
        () => change(active),
        `${one.name} is ${active ? "resumed" : "paused"}.`,
        () => void attempt(() => change(!active), `${one.name} is ${active ? "paused" : "resumed"} again.`),
      );
    },
    [attempt],
  );

  const fire = useCallback(
    (one: Named, payload?: unknown, force = false) =>
      attempt(() => fireAutomation(one.slug, payload, force), `${one.name} was fired.`),
    [attempt],
  );

  const resume = useCallback(
    (one: Named) => attempt(() => resumeAutomation(one.slug), `${one.name} is resumed.`),
    [attempt],
  );

  const restore = useCallback(
    (one: Named) => attempt(() => restoreAutomation(one.slug), `${one.name} is restored.`),
    [attempt],
  );

  const archive = useCallback(
    (one: Named) => attempt(() => archiveAutomation(one.slug), `${one.name} is archived. Its runs are kept.`),
    [attempt],
  );

  return { setActive, fire, resume, restore, archive, refresh };
}
