import type { FlowControl } from "@/api/types";
import { limitsInWords } from "@/lib/words/flow-control";

import { Section } from "../section";

/** The limits of an automation, in words. */
export function FlowControlSection({ control }: { control: FlowControl }) {
  const limits = limitsInWords(control);
  return (
    <Section title="Flow control">
      {limits.length === 0 && <p className="text-ink-3">No limits.</p>}
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
        {limits.map(({ limit, label, text }) => (
          <div key={limit} className="contents">
            <dt className="text-ink-3">{label}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{text}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
