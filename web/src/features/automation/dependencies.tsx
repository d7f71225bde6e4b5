import type { AutomationDetail } from "@/api/types";
import { useOpenAutomation } from "@/components/open-automation";

import { Section } from "./section";

/** Dependencies in both directions; nothing if there are none. */
export function Dependencies({ automation }: { automation: AutomationDetail }) {
  if (automation.dependsOn.length === 0 && automation.triggers.length === 0) return null;
  return (
    <Section title="Dependencies">
      <Refs label="Depends on" refs={automation.dependsOn} />
      <Refs label="Triggers" refs={automation.triggers} />
    </Section>
  );
}

function Refs({ label, refs }: { label: string; refs: AutomationDetail["triggers"] }) {
  const open = useOpenAutomation();
  if (refs.length === 0) return null;
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-1">
      <span className="text-ink-3">{label}</span>
      {refs.map((one) => (
        <button key={one.id} type="button" onClick={() => open(one.slug)} className="text-accent hover:underline">
          {one.name}
        </button>
      ))}
    </p>
  );
}
