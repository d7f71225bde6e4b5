import { type ComponentType, createElement, type ReactNode, use } from "react";

import { ApiError, UNREACHABLE } from "@/api/client";
import { isServerUp } from "@/api/stream/server-status";
import { trackPending } from "@/api/pending-requests";

const FIRST_MS = 1000;
const SILENCE_MS = 20_000;

/** The code of a part of the page could not be had; `isGone` where the server answers and has it no more. */
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
        ? "Podium has been renewed meanwhile: load the page again."
        : "Podium does not answer. Check that it is running and that you are online; this page retries automatically.",
    });
    this.isGone = isGone;
    this.again = again;
  }
}

type Load = () => Promise<void>;
const parts: Load[] = [];

/** A component whose code comes when it is needed, or early; one that did not come can be asked for again. */
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

/** The same for a page, which is named and not looked at: its own types are those of the router that it is part of. */
export function lazyPage<Module extends object>(importer: () => Promise<Module>, name: keyof Module) {
  return lazyPart(async () => (await importer())[name] as ComponentType);
}

/** A line that stumbles once is no news, and one that is silent is not waited for without end. */
function twice<Part>(importer: () => Promise<Part>): Promise<Part> {
  const silence = new Promise<never>((_, reject) => setTimeout(reject, SILENCE_MS));
  return trackPending(Promise.race([importer().catch(importer), silence]));
}

const idle = () =>
  new Promise<void>((resolve) =>
    "requestIdleCallback" in window ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 200),
  );

/** Fetches the code of the other pages one by one while the browser is idle, so that they open without the server. */
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
