import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { z } from "zod";

import { SORTS } from "@/api/live";
import { lazyPage } from "@/components/lazy-part";
import { PageFailure } from "@/components/page-failure";
import { Notice } from "@/components/page-states";
import { App } from "@/features/shell/app";
import { Frame } from "@/features/shell/frame";
import { SIGN_IN_ERROR_CODES } from "@/features/session/sign-in-errors";
import { SchedulePage } from "@/features/schedule/page";
import { SCOPE_LIST } from "@/lib/words/budgets";
import { KIND_LIST } from "@/lib/words/kinds";
import { calendarDay, flag, parseSearch, stringifySearch, text, texts, word, words } from "@/lib/search-params";
import { WORST_FIRST } from "@/lib/words/severity";
import { RUN_SOURCE_LIST } from "@/lib/words/run-sources";
import { SOURCE_LIST } from "@/lib/words/sources";
import { SPANS } from "@/lib/time/spans";
import { STATES } from "@/lib/words/states";
import { RUN_STATUSES } from "@/lib/words/statuses";
import { SearchX } from "lucide-react";

type Words = readonly [string, ...string[]];
const kinds = KIND_LIST as [(typeof KIND_LIST)[number], ...typeof KIND_LIST];
const sources = SOURCE_LIST as [(typeof SOURCE_LIST)[number], ...typeof SOURCE_LIST];
const runSources = RUN_SOURCE_LIST as [(typeof RUN_SOURCE_LIST)[number], ...typeof RUN_SOURCE_LIST];
const severities = WORST_FIRST as [(typeof WORST_FIRST)[number], ...typeof WORST_FIRST];
const statuses = RUN_STATUSES as [(typeof RUN_STATUSES)[number], ...typeof RUN_STATUSES];
const scopes = SCOPE_LIST as [(typeof SCOPE_LIST)[number], ...typeof SCOPE_LIST];
const states = Object.keys(STATES) as [keyof typeof STATES, ...(keyof typeof STATES)[]] satisfies Words;

const root = createRootRoute({
  component: App,
  validateSearch: z.object({ open: text, refused: word(SIGN_IN_ERROR_CODES), trend: word(SPANS) }),
  notFoundComponent: () => (
    <Notice icon={SearchX} heading="h1" title="Page not found">
      Use the menu above to go to another page.
    </Notice>
  ),
  errorComponent: (failure) => (
    <Frame>
      <PageFailure {...failure} />
    </Frame>
  ),
});

export const scheduleRoute = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: SchedulePage,
  validateSearch: z.object({
    search: text,
    primitive: words(kinds),
    type: words(sources),
    severity: words(severities),
    state: words(states),
    archived: flag,
    window: word(["all"]),
    sort: word(SORTS),
    order: word(["asc", "desc"]),
    hour: text,
    load: word(["week"]),
    measure: word(["starts", "concurrency"]),
  }),
});

const controlRoute = createRoute({
  getParentRoute: () => root,
  path: "/control",
  component: lazyPage(() => import("@/features/control/page"), "ControlPage"),
  validateSearch: z.object({ of: word(["automations"]), by: word(["cost", "runs"]) }),
});

const calendarRoute = createRoute({
  getParentRoute: () => root,
  path: "/calendar",
  component: lazyPage(() => import("@/features/calendar/page"), "CalendarPage"),
  validateSearch: z.object({
    view: word(["month", "week", "day"]),
    day: calendarDay,
    primitive: words(kinds),
    automations: text,
    agents: text,
    colour: word(["agent", "health"]),
    expand: text,
  }),
});

const newRoute = createRoute({
  getParentRoute: () => root,
  path: "/automations/new",
  component: lazyPage(() => import("@/features/wizard/page"), "NewAutomationPage"),
  validateSearch: z.object({ kind: word(kinds), primitive: text }),
});

const editRoute = createRoute({
  getParentRoute: () => root,
  path: "/automations/$slug/edit",
  component: lazyPage(() => import("@/features/wizard/page"), "EditAutomationPage"),
});

const runsRoute = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  component: lazyPage(() => import("@/features/runs/page"), "RunsPage"),
  validateSearch: z.object({
    q: text,
    kind: words(kinds),
    status: words([...statuses, "open", "ended"]),
    source: words(runSources),
    automation: text,
    primitive: texts,
    error: texts,
    reason: text,
    delivery: text,
    intervened: flag,
    held: flag,
    backfill: text,
    children: flag,
    longest: word(["1s", "10s", "1m", "10m", "1h"]),
    dearest: word(["0.01", "0.1", "1", "10"]),
    last: word(["1h", "24h", "7d", "30d"]),
    from: text,
    to: text,
  }),
});

const runRoute = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  component: lazyPage(() => import("@/features/runs/run-page"), "RunPage"),
  validateSearch: z.object({ view: word(["timeline", "activity"]) }),
});

const errorsRoute = createRoute({
  getParentRoute: () => root,
  path: "/errors",
  component: lazyPage(() => import("@/features/errors/page"), "ErrorsPage"),
  validateSearch: z.object({
    span: word(["24h", "7d", "30d"]),
    outcome: words(["failed", "skipped", "missed"]),
    state: words(["open", "regressed", "resolved", "ignored"]),
    sort: word(["runs", "lastSeen", "firstSeen"]),
    q: text,
  }),
});

const errorRoute = createRoute({
  getParentRoute: () => root,
  path: "/errors/$key",
  component: lazyPage(() => import("@/features/errors/group-page"), "ErrorPage"),
  validateSearch: z.object({ span: word(["24h", "7d", "30d"]) }),
});

const budgetsRoute = createRoute({
  getParentRoute: () => root,
  path: "/budgets",
  component: lazyPage(() => import("@/features/budgets/page"), "BudgetsPage"),
  validateSearch: z.object({ scope: words(scopes) }),
});

const backfillsRoute = createRoute({
  getParentRoute: () => root,
  path: "/backfills",
  component: lazyPage(() => import("@/features/backfills/page"), "BackfillsPage"),
});

const activityRoute = createRoute({
  getParentRoute: () => root,
  path: "/activity",
  component: lazyPage(() => import("@/features/activity/page"), "ActivityPage"),
  validateSearch: z.object({
    type: words(["automation", "primitive", "run", "error", "budget", "key"]),
    actor: text,
    automation: text,
    q: text,
    from: text,
    to: text,
  }),
});

const dependenciesRoute = createRoute({
  getParentRoute: () => root,
  path: "/dependencies",
  component: lazyPage(() => import("@/features/dependencies/page"), "DependenciesPage"),
  validateSearch: z.object({ automation: text, structure: flag }),
});

const primitivesRoute = createRoute({
  getParentRoute: () => root,
  path: "/primitives",
  component: lazyPage(() => import("@/features/primitives/page"), "PrimitivesPage"),
  validateSearch: z.object({ kind: word(kinds), search: text }),
});

const newPrimitiveRoute = createRoute({
  getParentRoute: () => root,
  path: "/primitives/new",
  component: lazyPage(() => import("@/features/primitives/edit-page"), "NewPrimitivePage"),
  validateSearch: z.object({ kind: word(kinds) }),
});

const primitiveRoute = createRoute({
  getParentRoute: () => root,
  path: "/primitives/$kind/$slug",
  component: lazyPage(() => import("@/features/primitives/primitive-page"), "PrimitivePage"),
});

const editPrimitiveRoute = createRoute({
  getParentRoute: () => root,
  path: "/primitives/$kind/$slug/edit",
  component: lazyPage(() => import("@/features/primitives/edit-page"), "EditPrimitivePage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    scheduleRoute,
    controlRoute,
    calendarRoute,
    newRoute,
    editRoute,
    runsRoute,
    runRoute,
    errorsRoute,
    errorRoute,
    budgetsRoute,
    backfillsRoute,
    activityRoute,
    dependenciesRoute,
    primitivesRoute,
    newPrimitiveRoute,
    primitiveRoute,
    editPrimitiveRoute,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultErrorComponent: PageFailure,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
