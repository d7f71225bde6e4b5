import { type ComponentType, createElement, type ReactNode, use } from "react";

import { ApiError, UNREACHABLE } from "@/api/client";
import { isServerUp } from "@/api/stream/server-status";
import { trackPending } from "@/api/requests/pending-requests";

const FIRST_MS = 1000;
const SILENCE_MS = 20_000;

/** A chunk could not be loaded; `isGone` if the server responds and no longer has it. */
export class PartUnavailable extends ApiError {
  readonly at = Date.now();
  readonly isGone: boolean;
  readonly again: () => Promise<void>;

  constructor(isGone: boolean, again: () => Promise<void>) {
    super({
      code: UNREACHABLE,
      status: 0,
      detail: "This part of the page could not be loaded.",
      hint: isGone
        ? "Podium has been updated. Reload the page."
        : "Podium is not responding. Check that Podium is running and that you are online; this page retries automatically.",
    });
    this.isGone = isGone;
    this.again = again;
  }
}

type Load = () => Promise<void>;
const parts: Load[] = [];

/** A component whose code is loaded on demand or preloaded; a failed load can be retried. */
export function lazyPart<Props extends object>(
  importer: () => Promise<ComponentType<Props>>,
): ((props: Props) => ReactNode) & { preload: Load } {
  let found: ComponentType<Props> | undefined;
  let failed: PartUnavailable | undefined;
  let loading: Promise<void> | undefined;

  function load(): Promise<void> {
    if (found) return Promise.resolve();
    failed = undefined;
    loading ??= twice(importer)
      .then(
        (part) => void (found = part),
        async () => void (failed = new PartUnavailable(await isServerUp(), load)),
      )
      .finally(() => void (loading = undefined));
    return loading;
  }

  function Lazy(props: Props) {
    if (!found && !failed) use(load());
    if (failed) throw failed;
    return found && createElement(found, props);
  }
  parts.push(load);
  return Object.assign(Lazy, { preload: load });
}

/** As `lazyPart`, for a page. `name` avoids inferring the page's types, which depend on the router. */
export function lazyPage<Module extends object>(importer: () => Promise<Module>, name: keyof Module) {
  return lazyPart(async () => (await importer())[name] as ComponentType);
}

/** Retries once, and times out. */
function twice<Part>(importer: () => Promise<Part>): Promise<Part> {
  const silence = new Promise<never>((_, reject) => setTimeout(reject, SILENCE_MS));
  return trackPending(Promise.race([importer().catch(importer), silence]));
}

const idle = () =>
  new Promise<void>((resolve) =>
    "requestIdleCallback" in window ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 200),
  );

/** Preloads the other pages' code while the browser is idle, so that they open even if the server is down. */
export function preloadParts(more: readonly (() => Promise<unknown>)[]): () => void {
  let ended = false;
  async function run() {
    for (const load of [...parts, ...more]) {
      await idle();
      if (ended) return;
      await load().catch(() => undefined);
    }
  }
  const waiting = setTimeout(() => void run(), FIRST_MS);
  return () => {
    ended = true;
    clearTimeout(waiting);
  };
}
