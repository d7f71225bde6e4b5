import type { UseQueryResult } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";

import type { Preview } from "@/api/types";
import { money, plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import type { Form } from "../draft";

/** On narrow windows: the preview in one line, with a link to it. */
export function SummaryLine({ form, ahead }: { form: Form; ahead: UseQueryResult<Preview> }) {
  return (
    <a
      href="#preview"
      className="flex min-h-8 min-w-0 flex-1 items-center gap-1.5 rounded-md text-xs text-ink-2 lg:hidden"
    >
      <span className="min-w-0 flex-1">
        {lines(form, ahead).map((line) => (
          <span key={line} className="block truncate first:font-medium first:text-ink">
            {line}
          </span>
        ))}
      </span>
      <ChevronDown className="size-3.5 shrink-0 text-ink-3" aria-label="Preview" />
    </a>
  );
}

function lines(form: Form, ahead: UseQueryResult<Preview>): string[] {
  if (ahead.isError) return [ahead.error.message];
  const preview = ahead.data;
  if (!preview) return ["Calculating…"];
  const { cost, filter, nextFires, warnings, conflicts, duplicates } = preview;
  const alarms = new Set([...warnings, ...duplicates.map((one) => one.id), ...conflicts.map((one) => one.agent)]).size;
  const rest = alarms > 0 ? [plural(alarms, "warning")] : [];
  if (form.source !== "schedule") {
    const verdict =
      filter?.fires === true ? ["Sample: would fire"] : filter?.fires === false ? ["Sample: would not fire"] : [];
    return ["Fires on arrival", [...verdict, ...rest].join(" · ")].filter(Boolean);
  }
  const first = nextFires[0];
  const price = cost.estimate.mean === null ? "cost unknown" : `${money(cost.estimate.mean)} per month`;
  return [
    first ? `Next ${dayAndTime(first.at, form.schedule.timezone)}` : "Never fires",
    [`${plural(cost.occurrences, "run")}`, price, ...rest].join(" · "),
  ];
}
