import type { AutomationDetail, AutomationDraft, AutomationPatch, HealthPolicy, Kind, Source } from "@/api/types";
import { parseJson } from "@/components/json";
import { slugOf } from "@/lib/slug";

/** What the form holds: every source's fields, so that changing one's mind loses nothing. */
export interface Form {
  kind: Kind;
  primitive: string;
  name: string;
  slug: string;
  description: string;
  source: Source;
  schedule: { cronExpr: string; timezone: string; overlap: string; catchupSeconds: number; jitterSeconds: number };
  webhook: { path: string; verification: string; secret: string; header: string; filter: string };
  event: { name: string; filter: string };
  slack: { events: string; command: string; channel: string; secret: string; filter: string };
  payload: string;
  budget: string;
  healthPolicy: Required<HealthPolicy>;
}

const POLICY: Required<HealthPolicy> = { enabled: false, threshold: 60, window: 50, minRuns: 10, action: "disable" };

export function emptyForm(kind: Kind, primitive: string, timezone: string): Form {
  return {
    kind,
    primitive,
    name: "",
    slug: "",
    description: "",
    source: "schedule",
    schedule: { cronExpr: "0 9 * * *", timezone, overlap: "skip", catchupSeconds: 60, jitterSeconds: 0 },
    webhook: { path: "", verification: "standard", secret: "", header: "X-Podium-Secret", filter: "" },
    event: { name: "", filter: "" },
    slack: { events: "", command: "", channel: "", secret: "", filter: "" },
    payload: "",
    budget: "",
    healthPolicy: POLICY,
  };
}

export function formOf(one: AutomationDetail): Form {
  const empty = emptyForm(one.primitive.kind, one.primitive.slug, one.schedule?.timezone ?? "UTC");
  const { schedule, webhook, event, slack, healthPolicy } = one;
  return {
    ...empty,
    name: one.name,
    slug: one.slug,
    description: one.description,
    source: one.source,
    schedule: { ...empty.schedule, ...schedule },
    webhook: webhook ? { ...empty.webhook, ...written(webhook) } : empty.webhook,
    event: event ? { ...empty.event, ...written(event) } : empty.event,
    slack: slack ? { ...empty.slack, ...written(slack), events: (slack.events ?? []).join(", ") } : empty.slack,
    payload: one.payload === null ? "" : JSON.stringify(one.payload, null, 2),
    budget: one.budgetUsdMonth ?? "",
    healthPolicy: {
      enabled: healthPolicy.enabled ?? POLICY.enabled,
      threshold: healthPolicy.threshold ?? POLICY.threshold,
      window: healthPolicy.window ?? POLICY.window,
      minRuns: healthPolicy.minRuns ?? POLICY.minRuns,
      action: healthPolicy.action ?? POLICY.action,
    },
  };
}

/** Only what has been filled in, as the form's texts. */
function written(config: object): Record<string, never> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === "string")) as Record<string, never>;
}

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());

/** The source's own part of a draft. */
function configOf(form: Form): Pick<AutomationDraft, "schedule" | "webhook" | "event" | "slack"> {
  const { schedule, webhook, event, slack } = form;
  const configs: Record<Source, object> = {
    schedule: { schedule },
    webhook: {
      webhook: {
        path: webhook.path,
        verification: webhook.verification,
        header: webhook.header,
        filter: orNull(webhook.filter),
        secret: webhook.verification === "none" ? null : orNull(webhook.secret),
      },
    },
    event: { event: { name: event.name, filter: orNull(event.filter) } },
    slack: {
      slack: {
        events: slack.events.split(",").map((one) => one.trim()).filter(Boolean),
        command: orNull(slack.command),
        channel: orNull(slack.channel),
        secret: orNull(slack.secret),
        filter: orNull(slack.filter),
      },
    },
    manual: {},
  };
  return configs[form.source];
}

export function draftOf(form: Form): AutomationDraft {
  return {
    slug: form.slug || slugOf(form.name),
    name: form.name,
    description: form.description,
    primitive: { kind: form.kind, slug: form.primitive },
    source: form.source,
    ...configOf(form),
    payload: (parseJson(form.payload).value ?? null) as never,
    healthPolicy: form.healthPolicy,
    budgetUsdMonth: orNull(form.budget),
  };
}

/** What an edit sends: slug and source stay what they are. */
export function patchOf(form: Form): AutomationPatch {
  const { slug: _, source: __, ...rest } = draftOf(form);
  return rest as AutomationPatch;
}
