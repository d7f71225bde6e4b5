/** How each field is called on the page, by the dotted name that the API and the form have for it. */
const LABELS: Readonly<Record<string, string>> = {
  kind: "Primitive",
  primitive: "Entity",
  "primitive.slug": "Entity",
  name: "Name",
  slug: "Slug",
  description: "Description",
  source: "Source",
  "schedule.cronExpr": "Cron",
  "schedule.timezone": "Time zone",
  "schedule.overlap": "While an earlier run is under way",
  "schedule.catchupSeconds": "Catch up",
  "schedule.jitterSeconds": "Jitter",
  "webhook.path": "Path",
  "webhook.verification": "Verified as",
  "webhook.secret": "Secret",
  "webhook.secretFrom": "Secret",
  "webhook.previousSecret": "The secret before",
  "webhook.header": "Header",
  "webhook.filter": "Only if",
  "event.name": "Event",
  "event.filter": "Only if",
  "slack.events": "Events",
  "slack.command": "Slash command",
  "slack.channel": "Channel",
  "slack.secret": "Signing secret",
  "slack.filter": "Only if",
  payload: "Default payload",
  budget: "Budget",
  budgetUsdMonth: "Budget",
  "healthPolicy.enabled": "Watch its success rate",
  "healthPolicy.threshold": "Below",
  "healthPolicy.window": "Of the newest finished runs",
  "healthPolicy.minRuns": "Once so many have finished",
  "healthPolicy.action": "Then",
};

export type Errors = Readonly<Record<string, string>>;

export const labelOf = (path: string) => LABELS[path] ?? LABELS[placeOf(path)] ?? path;

/** The field of the page that stands for a place inside it: `slack.events[1]` is `slack.events`. */
const placeOf = (path: string) => path.replace(/\[.*$/, "");

/** What is wrong with a field or with a part of it. */
export function errorAt(errors: Errors, ...paths: string[]): string | undefined {
  for (const [path, error] of Object.entries(errors)) if (paths.includes(path) || paths.includes(placeOf(path))) return error;
  return undefined;
}

/** Brings a field into view and the focus into it; without a name, the first that was refused. */
export function focusField(form: HTMLElement, path?: string): void {
  const place = path ? `[data-field="${CSS.escape(placeOf(path))}"] ` : "";
  form.querySelector<HTMLElement>(`${place}:is(input, select, textarea, button)${path ? "" : '[aria-invalid="true"]'}`)?.focus();
}

/** What was refused, at the fields that somebody filled in: a slug that comes from the name is the name's fault. */
export function refusedAt(fields: Errors, slugIsOwn: boolean): Errors {
  const { slug, ...rest } = fields;
  if (slug === undefined || slugIsOwn) return fields;
  return rest.name === undefined ? { ...rest, name: slug } : rest;
}
