import type { ReactNode } from "react";

import type { Source } from "@/api/types";
import { ChoiceCards } from "@/components/form/choice-cards";
import { Part, WIDE } from "@/components/form/part";
import { SOURCE_LIST, SOURCES } from "@/lib/words/sources";

import { EventFields } from "./event-fields";
import { ManualNote } from "./manual-note";
import type { PartProps } from "../part-props";
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
  const choices = SOURCE_LIST.map((value) => ({
    value,
    label: SOURCES[value].label,
    icon: SOURCES[value].icon,
    disabled: editing && value !== form.source,
  }));
  return (
    <Part title="When it fires">
      <div className={WIDE}>
        <ChoiceCards
          label="Source"
          path="source"
          choices={choices}
          value={form.source}
          onChange={(source) => change({ source })}
        />
        <p className="mt-1.5 text-xs text-ink-3">
          {SOURCES[form.source].hint}
          {editing && ". The source can't be changed later"}.
        </p>
      </div>
      {FIELDS[form.source](props)}
    </Part>
  );
}
