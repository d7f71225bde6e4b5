import type { Errors } from "@/components/form/errors/field-paths";
import { parseJson } from "@/components/json";

import { AMOUNT, type Form } from "./draft";
import { emptyFields } from "./flow-control/values";

const EMPTY = "Enter a value.";

const isEmpty = (text: string) => text.trim() === "";

/** What can be checked without the server; used only while the payload is not JSON, which the server cannot judge. */
export function validationErrors(form: Form): Errors {
  const { schedule, webhook, event, slack, healthPolicy: policy } = form;
  const found: [string, string | false | null | undefined][] = [
    ["primitive.slug", isEmpty(form.primitive) && "Choose a primitive."],
    ["name", isEmpty(form.name) && "Enter a name."],
    ["schedule.cronExpr", form.source === "schedule" && isEmpty(schedule.cronExpr) && EMPTY],
    ["schedule.catchupSeconds", form.source === "schedule" && noNumber(schedule.catchupSeconds)],
    ["schedule.jitterSeconds", form.source === "schedule" && noNumber(schedule.jitterSeconds)],
    ["spreadMinutes", form.source === "schedule" && noNumber(form.spreadMinutes)],
    ["webhook.path", form.source === "webhook" && isEmpty(webhook.path) && EMPTY],
    ["webhook.secret", form.source === "webhook" && webhook.secretFrom === "own" && isEmpty(webhook.secret) && EMPTY],
    ["event.name", form.source === "event" && isEmpty(event.name) && EMPTY],
    [
      "slack.command",
      form.source === "slack" &&
        isEmpty(slack.command) &&
        isEmpty(slack.events) &&
        "Enter a command or at least one event.",
    ],
    ["payload", parseJson(form.payload).error],
    [
      "budgetUsdMonth",
      !isEmpty(form.budgetUsdMonth) && !AMOUNT.test(form.budgetUsdMonth.trim()) && "Enter an amount, such as 25.00.",
    ],
    ...Object.entries(emptyFields(form.flowControl)),
    ...form.dependencies.map(({ dependsOn }, index): [string, string | false] => [
      `dependencies[${index}].dependsOn`,
      isEmpty(dependsOn) && "Choose an automation.",
    ]),
    ["healthPolicy.threshold", noNumber(policy.threshold)],
    ["healthPolicy.window", noNumber(policy.window)],
    ["healthPolicy.minRuns", noNumber(policy.minRuns)],
    ["healthPolicy.probe.afterMinutes", policy.probe && noNumber(policy.probe.afterMinutes)],
    ["healthPolicy.probe.maxMinutes", policy.probe && noNumber(policy.probe.maxMinutes ?? 0)],
    ["healthPolicy.probe.successes", policy.probe && noNumber(policy.probe.successes ?? 0)],
  ];
  return Object.fromEntries(found.filter((one): one is [string, string] => Boolean(one[1])));
}

const noNumber = (value: number) => Number.isNaN(value) && "Enter a number.";
