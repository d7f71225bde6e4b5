import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";

import { useLiveUpdates } from "@/api/freshness";
import { sessionQuery } from "@/api/session";
import { Failure } from "@/components/page-states";
import { Toasts } from "@/components/ui/toast";
import { SignIn } from "@/features/session/sign-in";
import { takeWanted } from "@/features/session/wanted";
import { useShortcuts } from "@/lib/shortcuts";

import { Palette } from "./palette";
import { Header } from "./header";

const AutomationDrawer = lazy(async () => ({
  default: (await import("@/features/automation/drawer")).AutomationDrawer,
}));

const KeysDialog = lazy(async () => ({ default: (await import("./keys-dialog")).KeysDialog }));

/** The frame of every page: whoever is not signed in gets the sign-in view in its place. */
export function App() {
  const session = useQuery(sessionQuery());
  if (session.isPending) return null;
  if (session.isError) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <SignIn />;
  return <Signed />;
}

/** Leads whoever comes by a sign-in link on to where they wanted to go; a link refused to somebody signed in is no news. */
function useArrival() {
  const router = useRouter();
  const navigate = useNavigate();
  const { refused } = useSearch({ strict: false });
  const place = useLocation({ select: (location) => location.pathname + location.searchStr });
  const [arrivedAt] = useState(place);
  useEffect(() => {
    const wanted = takeWanted();
    if (arrivedAt === "/" && wanted) router.history.replace(wanted);
  }, [arrivedAt, router]);
  useEffect(() => {
    if (refused) void navigate({ to: ".", search: (now) => ({ ...now, refused: undefined }) as never, replace: true });
  }, [refused, navigate]);
}

function Signed() {
  useLiveUpdates();
  const { open } = useSearch({ strict: false });
  useArrival();
  const [searching, setSearching] = useState(false);
  const [keys, setKeys] = useState(false);
  useShortcuts({ "?": () => setKeys(true) });
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-1.5 text-accent-ink focus:translate-y-0"
      >
        Skip to content
      </a>
      <Header onSearch={() => setSearching(true)} onKeys={() => setKeys(true)} />
      <main id="main" className="mx-auto w-full max-w-[1760px] px-3 pb-16 sm:px-5">
        <Outlet />
      </main>
      {open && (
        <Suspense>
          <AutomationDrawer key={open} name={open} />
        </Suspense>
      )}
      <Palette open={searching} onOpenChange={setSearching} />
      {keys && (
        <Suspense>
          <KeysDialog onClose={() => setKeys(false)} />
        </Suspense>
      )}
      <Toasts />
    </>
  );
}
