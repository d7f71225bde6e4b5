import { WIDE } from "@/components/form/part";
import { slugOf } from "@/lib/text/slug";

import { CodeLine } from "./code-line";
import type { PartProps } from "../part-props";

export function ManualNote({ form }: PartProps) {
  const slug = form.slug || slugOf(form.name) || "its-slug";
  return (
    <div className={WIDE}>
      <div className="flex flex-col gap-2 text-ink-2">
        <p>It has no schedule or trigger. Fire it on the Schedule page, from a terminal, or from a program:</p>
        <CodeLine text={`podium fire ${slug} --payload '{"topic": "owls"}'`} label="Copy the command" />
        <CodeLine
          text={`curl -X POST '${window.location.origin}/api/automations/${slug}/fire' -H "authorization: Bearer $PODIUM_API_KEY"`}
          label="Copy the call"
        />
      </div>
    </div>
  );
}
