import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useRouter, useSearch } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";

import { forgetAllBut, signIn } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";

import { SIGN_IN_ERRORS } from "./sign-in-errors";
import { rememberReturnTo, takeReturnTo } from "./return-to";

/** Replaces the requested page until somebody has signed in. */
export function SignIn() {
  const queries = useQueryClient();
  const router = useRouter();
  const { refused } = useSearch({ strict: false });
  const place = useLocation({ select: (location) => location.pathname + location.searchStr });
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    if (!refused) rememberReturnTo(place);
  }, [place, refused]);

  // After signing in, the focus moves to the content.
  useEffect(() => () => document.getElementById("main")?.focus({ preventScroll: true }), []);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key"));
    setBusy(true);
    try {
      const session = await signIn(key);
      const wanted = takeReturnTo();
      if (refused) router.history.replace(wanted ?? "/");
      forgetAllBut(queries, session);
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : String(refusal));
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <form onSubmit={submit} className="w-full max-w-sm rounded-lg border border-line bg-panel p-6 shadow-sm">
        <img src="/podium.svg" alt="" className="mb-4 size-8" />
        <h1 className="text-lg font-semibold">Sign in to Podium</h1>
        <p className="mb-5 text-ink-2">
          Use an API key, or the link that <code className="font-mono text-xs">podium sign-in</code> prints.
        </p>
        {refused && (
          <p role="alert" className="-mt-1 mb-4 flex gap-2 rounded-md border border-degrading/50 px-3 py-2">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-degrading" />
            <span>
              {SIGN_IN_ERRORS[refused]} Make a new one with <code className="font-mono text-xs">podium sign-in</code>.
            </span>
          </p>
        )}
        <Field label="API key" error={error}>
          {(ids) => <Input {...ids} name="key" type="password" required autoComplete="current-password" autoFocus />}
        </Field>
        <Button type="submit" look="primary" className="mt-4 w-full justify-center" disabled={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
