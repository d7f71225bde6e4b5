import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";

import { errorQuery } from "@/api/errors";
import type { ErrorGroupDetail } from "@/api/types";
import { CopyButton } from "@/components/copy-button";
import { KindLabel, When } from "@/components/labels";
import { useOpenAutomation } from "@/components/open-automation";
import { Failure, isMissing, Notice, Skeleton } from "@/components/page-states";
import { Panel } from "@/components/panel";
import { buttonClass } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { useZone } from "@/lib/preferences";
import { count, percent, plural } from "@/lib/text/format";
import { dayAndTime } from "@/lib/time/time";

import { GroupActions } from "./actions";
import { Bars } from "./bars";
import { Standing } from "./standing";
import { against, SPAN_LIST, SPANS } from "./words";

/** One error: when, whom it touches, and what sets its runs apart. */
export function ErrorPage() {
  const { key } = useParams({ from: "/errors/$key" });
  const { span = "24h" } = useSearch({ from: "/errors/$key" });
  const navigate = useNavigate({ from: "/errors/$key" });
  const zone = useZone();
  const found = useQuery(errorQuery(key, SPANS[span]));
  if (found.isPending) return <Skeleton rows={8} />;
  if (!found.data) {
    return isMissing(found.error) ? (
      <Notice
        icon={CircleAlert}
        heading="h1"
        title="There is no such error"
        action={
          <Link to="/errors" className={buttonClass("plain")}>
            All errors
          </Link>
        }
      />
    ) : (
      <Failure heading="h1" error={found.error} onRetry={() => void found.refetch()} />
    );
  }
  const detail = found.data;
  const { group } = detail;
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2 py-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-base font-semibold break-words">{group.template}</h1>
          <p className="flex flex-wrap items-center gap-2 pt-1 text-xs text-ink-3">
            <Standing group={group} />
            <span>{group.errorType}</span>
            <span>
              first seen <When at={group.firstSeen} />, last <When at={group.lastSeen} />
            </span>
          </p>
        </div>
        <Segmented
          label="Time"
          options={SPAN_LIST}
          value={span}
          onChange={(next) => void navigate({ search: { span: next === "24h" ? undefined : next }, replace: true })}
        />
        <GroupActions group={group} />
      </div>
      <div className="grid gap-3 lg:grid-cols-2">
        <div className="lg:col-span-2">
          <Panel title={`${plural(group.runs, "run")} in ${SPAN_LIST.find(({ value }) => value === span)?.label}`}>
            <Bars counts={group.counts} span={detail} className="h-24" />
            <p aria-hidden className="flex justify-between pt-1 text-2xs text-ink-3">
              <span>{dayAndTime(detail.from, zone)}</span>
              <span>{dayAndTime(detail.to, zone)}</span>
            </p>
            <p className="flex flex-wrap justify-between gap-2 pt-2 text-xs text-ink-3">
              <span>
                {against(group.runsBefore, span)}, {count(detail.total)} in all
              </span>
              <Link to="/runs" search={{ error: [key], children: true }} className="text-accent hover:underline">
                Show its runs
              </Link>
            </p>
          </Panel>
        </div>
        <Differences detail={detail} />
        <Sample detail={detail} />
        <Touched detail={detail} />
      </div>
    </>
  );
}

function Differences({ detail: { differs, group } }: { detail: ErrorGroupDetail }) {
  return (
    <Panel title="What is different about them">
      {differs.length === 0 ? (
        <p className="text-ink-3">
          {group.runs < 5 ? "Too few runs to say." : "Nothing stands out against the other runs of this time."}
        </p>
      ) : (
        <ul className="flex flex-col gap-2">
          {differs.map((one) => (
            <li key={one.field}>
              <p>{one.text}</p>
              <Compared label="Here" share={one.share} className="bg-failing-mark" />
              <Compared label="Other runs" share={one.shareElsewhere} className="bg-line-strong" />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Compared({ label, share, className }: { label: string; share: number; className: string }) {
  return (
    <span aria-hidden className="flex items-center gap-2 pt-0.5 text-2xs text-ink-3">
      <span className="w-16">{label}</span>
      <span className="h-1.5 flex-1 rounded bg-sunken">
        <span className={`block h-full rounded ${className}`} style={{ width: `${share}%` }} />
      </span>
      <span className="w-10 text-right">{percent(share)}</span>
    </span>
  );
}

function Sample({ detail: { group } }: { detail: ErrorGroupDetail }) {
  return (
    <Panel title="One of its messages">
      <div className="flex items-start gap-2">
        <pre className="max-h-48 min-w-0 flex-1 overflow-auto font-mono text-xs break-words whitespace-pre-wrap">
          {group.sample}
        </pre>
        <CopyButton text={group.sample} label="Copy the message" />
      </div>
      {group.sampleRunId && (
        <Link
          to="/runs/$id"
          params={{ id: group.sampleRunId }}
          className="inline-block pt-2 text-xs text-accent hover:underline"
        >
          The run that it is from
        </Link>
      )}
    </Panel>
  );
}

function Touched({ detail }: { detail: ErrorGroupDetail }) {
  const open = useOpenAutomation();
  const of = detail.isAll ? "" : `, among its newest ${count(detail.lookedAt)} runs`;
  return (
    <>
      <Panel title={`Primitives${of}`}>
        <ul>
          {detail.primitives.map(({ id, kind, slug, name, runs }) => (
            <li key={id} className="flex items-center gap-2 py-0.5">
              <KindLabel kind={kind} short="sr-only" />
              <Link
                to="/primitives/$kind/$slug"
                params={{ kind, slug }}
                className="min-w-0 flex-1 truncate hover:underline"
              >
                {name}
              </Link>
              <span className="text-ink-3 tabular-nums">{count(runs)}</span>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={`Automations${of}`}>
        {detail.automations.length === 0 ? (
          <p className="text-ink-3">None: these runs belong to no automation.</p>
        ) : (
          <ul>
            {detail.automations.map(({ automation, runs }) => (
              <li key={automation.id} className="flex items-center gap-2 py-0.5">
                <button
                  type="button"
                  onClick={() => open(automation.slug)}
                  className="min-w-0 flex-1 truncate text-left hover:underline"
                >
                  {automation.name}
                </button>
                <span className="text-ink-3 tabular-nums">{count(runs)}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}
