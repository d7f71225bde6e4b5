import { useQuery } from "@tanstack/react-query";
import {
  CatchBoundary,
  type ErrorComponentProps,
  Outlet,
  useLocation,
  useNavigate,
  useRouter,
  useSearch,
} from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";

import { reportUnreadable } from "@/api/stream/freshness";
import { useLiveUpdates } from "@/api/stream/live-updates";
import { sessionQuery } from "@/api/session";
import { useIsSlow } from "@/api/requests/pending-requests";
import { lazyPart, preloadParts, PartUnavailable } from "@/components/lazy-part";
import { useOpenAutomation } from "@/components/open-automation";
import { PageFailure } from "@/components/page-failure";
import { Failure, Skeleton } from "@/components/page-states";
import { Drawer } from "@/components/ui/drawer";
import { notifyError } from "@/components/messages/messages";
import { Toasts } from "@/components/messages/toast";
import { SignIn } from "@/features/session/sign-in";
import { takeReturnTo } from "@/features/session/return-to";
import { useShortcuts } from "@/lib/keyboard/shortcuts";

import { Palette } from "./palette";
import { Frame } from "./frame";
import type { ShellDialog } from "./header";
import { useTitle } from "./title";

const AutomationDrawer = lazyPart(async () => (await import("@/features/automation/drawer")).AutomationDrawer);
const MessagesDialog = lazyPart(async () => (await import("./messages-dialog")).MessagesDialog);
const NoticesDialog = lazyPart(async () => (await import("./notices-dialog")).NoticesDialog);
const KeysDialog = lazyPart(async () => (await import("./keys-dialog")).KeysDialog);

/** Code that pages load on demand. */
const MORE = [
  () => import("@/components/graph/dag"),
  () => import("@/features/primitives/editor/kinds/agent-editor"),
  () => import("@/features/primitives/editor/kinds/pipeline-editor"),
  () => import("@/features/primitives/editor/kinds/network-editor"),
  () => import("@/features/primitives/editor/kinds/campaign-editor"),
  () => import("@/features/primitives/editor/kinds/pulse-editor"),
];

/** The root of every page: the sign-in view, or the page. */
export function App() {
  const session = useQuery(sessionQuery());
  const [failure, setFailure] = useState<unknown>();
  if (session.error && session.error !== failure) setFailure(session.error);
  useEffect(() => {
    if (session.error && !session.data) reportUnreadable(session.error);
  }, [session.error, session.data]);
  if (session.data) return <Signed />;
  if (session.data === null) return <SignIn />;
  return (
    <Frame>
      {failure ? <Failure heading="h1" error={failure} onRetry={() => void session.refetch()} /> : <Starting />}
    </Frame>
  );
}

/** Shows nothing at first, because the server usually answers at once. */
function Starting() {
  return useIsSlow() ? <Skeleton rows={12} /> : null;
}

/** After a sign-in link, redirects to the requested page; a refused link is ignored if already signed in. */
function useArrival() {
  const router = useRouter();
  const navigate = useNavigate();
  const { refused } = useSearch({ strict: false });
  const place = useLocation({ select: (location) => location.pathname + location.searchStr });
  const [arrivedAt] = useState(place);
  useEffect(() => {
    const wanted = takeReturnTo();
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
  useTitle();
  useEffect(() => preloadParts(MORE), []);
  const [searching, setSearching] = useState(false);
  const [dialog, setDialog] = useState<ShellDialog>();
  const close = () => setDialog(undefined);
  // A dialog whose code failed to load can be opened again.
  const away = (error: unknown) => {
    if (error instanceof PartUnavailable) void error.again();
    notifyError(error);
    close();
  };
  useShortcuts({ "?": () => setDialog("keys") });
  return (
    <>
      <Frame onSearch={() => setSearching(true)} onDialog={setDialog}>
        <Outlet />
      </Frame>
      {open && (
        <CatchBoundary getResetKey={() => open} errorComponent={DrawerFailure}>
          <Suspense>
            <AutomationDrawer key={open} name={open} />
          </Suspense>
        </CatchBoundary>
      )}
      <Palette open={searching} onOpenChange={setSearching} />
      {dialog && (
        <CatchBoundary getResetKey={() => dialog} errorComponent={() => null} onCatch={away}>
          <Suspense>
            {dialog === "keys" && <KeysDialog onClose={close} />}
            {dialog === "messages" && <MessagesDialog onClose={close} />}
            {dialog === "notices" && <NoticesDialog onClose={close} />}
          </Suspense>
        </CatchBoundary>
      )}
      <Toasts />
    </>
  );
}

function DrawerFailure(failure: ErrorComponentProps) {
  const open = useOpenAutomation();
  return (
    <Drawer title="Automation" onClose={() => open(undefined)}>
      <PageFailure {...failure} heading="h2" />
    </Drawer>
  );
}
