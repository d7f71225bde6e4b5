import { Link, useRouter } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";

import { useFreshness } from "@/api/stream/freshness";
import { isServerUp } from "@/api/stream/server-status";

import { PartUnavailable } from "./lazy-part";
import { Failure } from "./page-states";
import { buttonClass } from "./ui/button";

const RELOADED = "podium.reloaded";
const RELOAD_AGAIN_MS = 60_000;

interface PageFailureProps {
  error: unknown;
  reset: () => void;
  /** Smaller, for a part that already has a heading. */
  heading?: "h1" | "h2";
}

/** Replaces a page that could not be loaded; retries when the server responds again. */
export function PageFailure({ error, reset, heading = "h1" }: PageFailureProps): ReactNode {
  const router = useRouter();
  const { heardAt } = useFreshness();
  const trying = useRef(false);

  async function retry() {
    if (trying.current) return;
    trying.current = true;
    if (error instanceof PartUnavailable) await error.again();
    else if (isModuleAway(error) && (await isServerUp())) return window.location.reload();
    trying.current = false;
    reset();
    return router.invalidate();
  }

  useEffect(() => {
    if (!(error instanceof PartUnavailable)) return;
    if (error.isGone) reloadOnce();
    else if (heardAt > error.at) void retry();
  });

  return (
    <Failure
      heading={heading}
      error={error}
      onRetry={() => void retry()}
      out={
        <Link to="/" className={buttonClass()}>
          Go to Schedule
        </Link>
      }
    />
  );
}

/** After a deployment the files have new names, which only a reload finds. Never twice in a row. */
function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < RELOAD_AGAIN_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  window.location.reload();
}

const isModuleAway = (error: unknown) => error instanceof TypeError && /module|import/i.test(error.message);
