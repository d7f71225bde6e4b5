import type { ReactNode } from "react";

import type { Source } from "@/api/types";
import { SOURCE_LIST, SOURCES } from "@/lib/sources";

import { EventFields } from "./event-fields";
import { ManualNote } from "./manual-note";
import { Cards, Part, type PartProps, Wide } from "./part";
import { ScheduleFields } from "./schedule-fields";
import { SlackFields } from "./slack-fields";
import { WebhookFields } from "./webhook-fields";

const FIELDS: Record<Source, (props: PartProps) => ReactNode> = {
  schedule: (props) => <ScheduleFields {...props} />,
  webhook: (props) => <WebhookFields {...props} />,
  event: (props) => <EventFields {...props} />,
  slack: (props) => <SlackFields {...props} />,
  manual: (props) => <ManualNote {...props} />,
};

export function SourcePart(props: PartProps) {
  const { form, change, editing } = props;
  return (
    <Part title="When it fires">
      <Wide>
        <Cards
          label="Source"
          path="source"
          values={SOURCE_LIST}
          value={form.source}
          disabled={(source) => editing && source !== form.source}
          onChange={(source) => change({ source })}
        >
          {(source) => {
            const { icon: Icon, label } = SOURCES[source];
            return (
              <>
                <Icon className="size-4" strokeWidth={1.8} />
                {label}
              </>
            );
          }}
        </Cards>
        <p className="mt-1.5 text-xs text-ink-3">
          {SOURCES[form.source].hint}
          {editing && ". To fire it otherwise, make another automation"}.
        </p>
      </Wide>
      {FIELDS[form.source](props)}
    </Part>
  );
}
