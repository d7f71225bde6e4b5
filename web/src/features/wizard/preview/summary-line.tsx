import type { UseQueryResult } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";

import type { Preview } from "@/api/types";
import { money, plural } from "@/lib/format";
import { dayAndTime } from "@/lib/time";

import type { Form } from "../draft";

/** Where the consequences are below the form: one line of them, and the way to them, in the bar that stays in sight. */
export function SummaryLine({ form, ahead }: { form: Form; ahead: UseQueryResult<Preview> }) {
  return (
    <a
      href="#consequences"
      className="flex min-h-8 min-w-0 flex-1 items-center gap-1.5 rounded-md text-xs text-ink-2 lg:hidden"
    >
      <span className="min-w-0 flex-1">
        {lines(form, ahead).map((line) => (
          <span key={line} className="block truncate first:font-medium first:text-ink">
            {line}
          </span>
        ))}
      </span>
      <ChevronDown className="size-3.5 shrink-0 text-ink-3" aria-label="What it will do" />
    </a>
  );
}

function lines(form: Form, ahead: UseQueryResult<Preview>): string[] {
  if (ahead.isError) return [ahead.error.message];
  const preview = ahead.data;
  if (!preview) return ["Looking ahead…"];
  const { cost, filter, nextFires, warnings, conflicts, duplicates } = preview;
  const alarms = new Set([...warnings, ...duplicates.map((one) => one.id), ...conflicts.map((one) => one.agent)]).size;
  const rest = alarms > 0 ? [plural(alarms, "warning")] : [];
  if (form.source !== "schedule") {
    const verdict =
      filter?.fires === true ? ["Sample: would fire"] : filter?.fires === false ? ["Sample: would not fire"] : [];
    return ["Fires when something arrives", [...verdict, ...rest].join(" · ")].filter(Boolean);
  }
  const first = nextFires[0];
  const price = cost.estimate.mean === null ? "cost unknown" : `${money(cost.estimate.mean)} a month`;
  return [
    first ? `Next ${dayAndTime(first.at, form.schedule.timezone)}` : "It never fires",
    [`${plural(cost.occurrences, "run")}`, price, ...rest].join(" · "),
  ];
}
