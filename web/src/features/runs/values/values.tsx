import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";

import { runValuesQuery, valueUrl } from "@/api/runs";
import type { RunOverview, ValueView } from "@/api/types";
import { CopyButton } from "@/components/copy-button";
import { JsonTree } from "@/components/json-tree";
import { Failure, Skeleton } from "@/components/page-states";
import { buttonClass } from "@/components/ui/button";
import { writeJson } from "@/lib/text/exact-json";
import { bytes } from "@/lib/text/format";

import { Panel } from "../panel";

/** Input beside output; a large one is shown by its beginning, and can be downloaded. */
export function Values({ run }: { run: RunOverview }) {
  const values = useQuery(runValuesQuery(run.id, run.status));
  if (values.isPending) return <Skeleton rows={4} />;
  if (!values.data) return <Failure error={values.error} onRetry={() => void values.refetch()} />;
  return (
    <div className="grid items-start gap-3 lg:grid-cols-2">
      <ValuePanel title="Input" value={values.data.input} href={valueUrl(run.id, "input")} nothing="It has no input." />
      <ValuePanel
        title="Output"
        value={values.data.output}
        href={valueUrl(run.id, "output")}
        nothing={run.finishedAt ? "It has no output." : "It has no output yet."}
      />
    </div>
  );
}

interface ValuePanelProps {
  title: string;
  value: ValueView;
  href: string;
  nothing: string;
}

function ValuePanel({ title, value, href, nothing }: ValuePanelProps) {
  return (
    <Panel
      title={title}
      actions={
        value.bytes > 0 && (
          <>
            <span className="text-xs text-ink-3">{bytes(value.bytes)}</span>
            {value.beginning === null && (
              <CopyButton text={writeJson(value.value, 2)} label={`Copy ${title.toLowerCase()}`} />
            )}
            <a
              href={href}
              download
              aria-label={`Download ${title.toLowerCase()}`}
              title="Download as JSON"
              className={buttonClass("quiet", "mini")}
            >
              <Download className="size-3.5" />
            </a>
          </>
        )
      }
    >
      {value.bytes === 0 ? (
        <p className="text-ink-3">{nothing}</p>
      ) : value.beginning === null ? (
        <JsonTree value={value.value} label={title} />
      ) : (
        <Beginning text={value.beginning} size={value.bytes} label={title} />
      )}
    </Panel>
  );
}

function Beginning({ text, size, label }: { text: string; size: number; label: string }) {
  return (
    <>
      <p className="mb-2 text-xs text-ink-2">
        Only its beginning is shown, because it has {bytes(size)}. Download it to see all of it.
      </p>
      <pre
        tabIndex={0}
        aria-label={`Beginning of ${label.toLowerCase()}`}
        className="max-h-72 overflow-auto rounded-md border border-line bg-sunken p-2.5 font-mono text-xs leading-[1.1rem] break-all whitespace-pre-wrap [unicode-bidi:isolate]"
      >
        {text}…
      </pre>
    </>
  );
}
