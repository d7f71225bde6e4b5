import type { ReactNode } from "react";

import type { Source } from "@/api/types";
import { cn } from "@/lib/cn";
import { SOURCE_LIST, SOURCES } from "@/lib/sources";

import type { PartProps } from "./page";
import { Part, Wide } from "./part";
import { ScheduleFields } from "./schedule-fields";
import { EventFields, SlackFields, WebhookFields } from "./trigger-fields";

const FIELDS: Record<Source, (props: PartProps) => ReactNode> = {
  schedule: (props) => <ScheduleFields {...props} />,
  webhook: (props) => <WebhookFields {...props} />,
  event: (props) => <EventFields {...props} />,
  slack: (props) => <SlackFields {...props} />,
  manual: () => null,
};

export function SourcePart(props: PartProps) {
  const { form, change, editing } = props;
  return (
    <Part title="When it fires">
      <Wide>
        <div role="radiogroup" aria-label="Source" className="grid grid-cols-3 gap-2 sm:grid-cols-5">
          {SOURCE_LIST.map((source) => {
            const { icon: Icon, label } = SOURCES[source];
            const chosen = source === form.source;
            return (
              <button
                key={source}
                type="button"
                role="radio"
                aria-checked={chosen}
                disabled={editing && !chosen}
                onClick={() => change({ source })}
                className={cn(
                  "flex h-9 items-center justify-center gap-1.5 rounded-md border disabled:opacity-40",
                  chosen ? "border-accent bg-accent-soft font-medium text-accent" : "border-line hover:bg-sunken",
                )}
              >
                <Icon className="size-4" strokeWidth={1.8} />
                {label}
              </button>
            );
          })}
        </div>
        <p className="mt-1.5 text-xs text-ink-3">
          {SOURCES[form.source].hint}
          {editing && ". To fire it otherwise, make another automation"}.
        </p>
      </Wide>
      {FIELDS[form.source](props)}
    </Part>
  );
}
