import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { forgetAllBut, signIn } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";

export function SignIn() {
  const queries = useQueryClient();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key"));
    setBusy(true);
    try {
      const session = await signIn(key);
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
          With an API key, or by the link that <code className="font-mono text-xs">podium sign-in</code> prints.
        </p>
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
