import defaults from "@/api/defaults.json";
import { REDACTED } from "@/api/redacted";
import type {
  AutomationDetail,
  AutomationDraft,
  AutomationPatch,
  HealthPolicy,
  Kind,
  PreviewRequest,
  Source,
} from "@/api/types";
import type { DependencyForm } from "@/components/form/dependency-fields";
import { parseJson } from "@/components/json";
import { writeJson } from "@/lib/text/exact-json";
import { slugOf } from "@/lib/text/slug";

import { changedControl, flowControlOf, type FlowForm, flowFormOf, hasExpressions } from "./flow-control/values";

/** The source of a webhook's secret: generated on save, unchanged, or entered. */
export type SecretFrom = "new" | "kept" | "own";

/** The form's values, with the fields of every source, so that switching the source keeps them. */
export interface Form {
  kind: Kind;
  primitive: string;
  name: string;
  slug: string;
  description: string;
  source: Source;
  schedule: {
    cronExpr: string;
    timezone: string;
    overlap: string;
    catchupSeconds: number;
    catchup: string;
    jitterSeconds: number;
  };
  webhook: {
    path: string;
    verification: string;
    secretFrom: SecretFrom;
    secret: string;
    /** The previous secret, redacted; empty if there is none. */
    previousSecret: string;
    header: string;
    filter: string;
  };
  event: { name: string; filter: string };
  slack: { events: string; command: string; channel: string; secret: string; filter: string };
  payload: string;
  budgetUsdMonth: string;
  spreadMinutes: number;
  flowControl: FlowForm;
  healthPolicy: Required<HealthPolicy>;
  dependencies: readonly DependencyRow[];
}

/** What the automation depends on. */
export interface DependencyRow extends DependencyForm {
  dependsOn: string;
}

/** The sample for the filter and the expressions of flow control; not saved. */
export interface Sample {
  payload: string;
  headers: string;
}

export const NO_SAMPLE: Sample = { payload: "", headers: "" };
const POLICY = defaults.HealthPolicyConfig as Required<HealthPolicy>;
export const AMOUNT = /^\d{1,9}(\.\d{1,8})?$/;

export function emptyForm(kind: Kind, primitive: string, timezone: string): Form {
  return {
    kind,
    primitive,
    name: "",
    slug: "",
    description: "",
    source: "schedule",
    schedule: {
      cronExpr: "0 9 * * *",
      timezone,
      overlap: "skip",
      catchupSeconds: 60,
      catchup: "none",
      jitterSeconds: 0,
    },
    webhook: {
      path: "",
      verification: "standard",
      secretFrom: "new",
      secret: "",
      previousSecret: "",
      header: "X-Podium-Secret",
      filter: "",
    },
    event: { name: "", filter: "" },
    slack: { events: "", command: "", channel: "", secret: "", filter: "" },
    payload: "",
    budgetUsdMonth: "",
    spreadMinutes: 0,
    flowControl: flowFormOf(null),
    healthPolicy: POLICY,
    dependencies: [],
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
    webhook: webhook ? { ...empty.webhook, ...written(webhook), ...secretOf(webhook.secret) } : empty.webhook,
    event: event ? { ...empty.event, ...written(event) } : empty.event,
    slack: slack ? { ...empty.slack, ...written(slack), events: (slack.events ?? []).join(", ") } : empty.slack,
    payload: one.payload === null ? "" : writeJson(one.payload, 2),
    budgetUsdMonth: one.budgetUsdMonth ?? "",
    spreadMinutes: one.spreadMinutes,
    flowControl: flowFormOf(one.flowControl),
    healthPolicy: {
      enabled: healthPolicy.enabled ?? POLICY.enabled,
      threshold: healthPolicy.threshold ?? POLICY.threshold,
      window: healthPolicy.window ?? POLICY.window,
      minRuns: healthPolicy.minRuns ?? POLICY.minRuns,
      action: healthPolicy.action ?? POLICY.action,
      recoverThreshold: healthPolicy.recoverThreshold ?? null,
      probe: healthPolicy.probe ?? null,
    },
    dependencies: one.dependencies.map(({ dependsOn, fireWhen = null, passPayload = false, note = "" }) => ({
      dependsOn,
      fireWhen,
      passPayload,
      note,
    })),
  };
}

/** A stored secret is redacted; a reference to an environment variable is readable. */
function secretOf(secret: string | null | undefined): { secretFrom: SecretFrom; secret: string } {
  if (!secret) return { secretFrom: "new", secret: "" };
  return secret === REDACTED ? { secretFrom: "kept", secret: "" } : { secretFrom: "own", secret };
}

/** Only the fields that are filled in, as text. */
function written(config: object): Record<string, never> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => typeof value === "string")) as Record<
    string,
    never
  >;
}

const orNull = (text: string) => (text.trim() === "" ? null : text.trim());

/** The config of the draft's source. */
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
        ...(webhook.verification === "none"
          ? { secret: null, previousSecret: null }
          : { secret: webhook.secretFrom === "kept" ? REDACTED : orNull(webhook.secret) }),
      },
    },
    event: { event: { name: event.name, filter: orNull(event.filter) } },
    slack: {
      slack: {
        events: listOf(slack.events),
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

const listOf = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

export function draftOf(form: Form): AutomationDraft {
  return {
    slug: form.slug || slugOf(form.name),
    name: form.name,
    description: form.description,
    primitive: { kind: form.kind, slug: form.primitive },
    source: form.source,
    ...configOf(form),
    payload: defaultOf(form) as never,
    healthPolicy: form.healthPolicy,
    flowControl: flowControlOf(form.flowControl),
    budgetUsdMonth: orNull(form.budgetUsdMonth),
    spreadMinutes: form.source === "schedule" ? form.spreadMinutes : 0,
    dependencies: [...form.dependencies],
  };
}

/** The patch of an edit: only the fields that differ from the loaded automation. */
export function patchOf(form: Form, before: Form): AutomationPatch {
  const { slug: _, source: __, ...fields } = draftOf(form);
  const read: Record<string, unknown> = { ...draftOf(before) };
  const changed: AutomationPatch = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => writeJson(value) !== writeJson(read[name])),
  );
  if ("flowControl" in changed) {
    changed.flowControl = changedControl(draftOf(form).flowControl, draftOf(before).flowControl) as never;
  }
  const dropped = form.source === "webhook" && before.webhook.previousSecret && !form.webhook.previousSecret;
  return dropped ? { ...changed, webhook: { ...changed.webhook, previousSecret: null } as never } : changed;
}

/** Whether a secret must be generated before saving. */
export function wantsSecret(form: Form): boolean {
  return form.source === "webhook" && form.webhook.verification !== "none" && form.webhook.secretFrom === "new";
}

/** The form with the generated secret. */
export function withSecret(form: Form, secret: string): Form {
  return { ...form, webhook: { ...form.webhook, secretFrom: "own", secret } };
}

/** The preview request: the fields that are filled in, without secrets. */
export function previewOf(form: Form, automation: string | null, sample: Sample): PreviewRequest {
  const { schedule, webhook, event, slack } = draftOf(form);
  const tried = sampleOf(sample);
  return {
    automation,
    slug: form.slug || slugOf(form.name) || null,
    primitive: { kind: form.kind, slug: form.primitive || null },
    source: form.source,
    ...(schedule && {
      schedule: {
        cronExpr: schedule.cronExpr,
        timezone: schedule.timezone ?? "UTC",
        overlap: schedule.overlap ?? "skip",
      },
    }),
    ...(webhook && { webhook: { path: webhook.path || null, filter: webhook.filter ?? null } }),
    ...(event && { event: { name: event.name, filter: event.filter ?? null } }),
    ...(slack && {
      slack: {
        events: slack.events ?? [],
        command: slack.command ?? null,
        channel: slack.channel ?? null,
        filter: slack.filter ?? null,
      },
    }),
    ...(AMOUNT.test(form.budgetUsdMonth.trim()) && { budgetUsdMonth: form.budgetUsdMonth.trim() }),
    ...(hasExpressions(form.flowControl) && { flowControl: flowControlOf(form.flowControl), payload: defaultOf(form) }),
    ...(tried && { sample: tried }),
  } as PreviewRequest;
}

/** The default payload; null while it is empty or not valid JSON. */
const defaultOf = (form: Form) => parseJson(form.payload).value ?? null;

/** The sample to send; undefined while it is empty or not valid JSON. */
export function sampleOf({ payload, headers }: Sample): PreviewRequest["sample"] {
  const read = parseJson(payload);
  if (read.error || payload.trim() === "") return null;
  const heads = parseJson(headers).value;
  return { payload: read.value as never, headers: (heads && typeof heads === "object" ? heads : {}) as never };
}
