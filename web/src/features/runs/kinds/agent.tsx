import type { AgentDetails, Attempt, RunOverview } from "@/api/types";
import { Mark } from "@/components/ui/mark";
import { count, money, ordinal, plural } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { CopyTime } from "../copy-time";
import { CostText } from "../cost-text";
import { NotRecorded, Panel } from "../panel";
import { Values } from "../values/values";

const TOKENS = [
  ["input", "Input"],
  ["cacheRead", "of it read from cache"],
  ["cacheWrite", "of it written to cache"],
  ["output", "Output"],
  ["reasoning", "of it reasoning"],
] as const;

/** One call: input beside output, and what it took. */
export function AgentRun({ run, details }: { run: RunOverview; details: AgentDetails }) {
  return (
    <div className="flex flex-col gap-3">
      <Values run={run} />
      <div className="grid gap-3 md:grid-cols-2 lg:grid-cols-3">
        <Panel title="Tokens">
          <Tokens run={run} />
        </Panel>
        <Panel title="Cost and model">
          <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1">
            <dt className="text-ink-3">Cost</dt>
            <dd>
              <CostText cost={run.cost} />
            </dd>
            <dt className="text-ink-3">Model</dt>
            <dd className="break-words">{run.model ?? "—"}</dd>
            <dt className="text-ink-3">Runner now</dt>
            <dd>{details.runner ?? "—"}</dd>
            {details.calledAt && (
              <>
                <dt className="text-ink-3">Called</dt>
                <dd>
                  <CopyTime at={details.calledAt} />
                </dd>
              </>
            )}
            {details.callbackUntil && (
              <>
                <dt className="text-ink-3">Calls back until</dt>
                <dd>
                  <CopyTime at={details.callbackUntil} />
                </dd>
              </>
            )}
          </dl>
        </Panel>
        <Panel title="Attempts">
          <Attempts details={details} />
        </Panel>
      </div>
    </div>
  );
}

function Tokens({ run: { tokens } }: { run: RunOverview }) {
  if (!tokens) return <p className="text-ink-3">No tokens were counted.</p>;
  return (
    <table className="w-full">
      <tbody>
        {TOKENS.map(([name, label]) => {
          const isPart = label.startsWith("of it");
          if (isPart && !tokens[name]) return null;
          return (
            <tr key={name}>
              <th
                scope="row"
                className={isPart ? "pl-4 text-left font-normal text-ink-3" : "text-left font-normal text-ink-2"}
              >
                {label}
              </th>
              <td className="text-right">{count(tokens[name] ?? 0)}</td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr className="border-t border-line">
          <th scope="row" className="pt-0.5 text-left font-medium">
            Together
          </th>
          <td className="pt-0.5 text-right font-medium">{count((tokens.input ?? 0) + (tokens.output ?? 0))}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function Attempts({ details }: { details: AgentDetails }) {
  const { attempts, failedAttempts } = details;
  if (attempts && attempts.length > 0) {
    return (
      <ol className="flex flex-col gap-1.5">
        {attempts.map((attempt) => (
          <AttemptLine key={attempt.number} attempt={attempt} />
        ))}
      </ol>
    );
  }
  if (failedAttempts > 0) {
    return (
      <p>
        {plural(failedAttempts, "attempt")} failed
        {failedAttempts > 1 && (
          <>
            ; <NotRecorded>the single attempts are not recorded</NotRecorded>
          </>
        )}
        .
      </p>
    );
  }
  return <p className="text-ink-3">{details.calledAt ? "The first attempt was enough." : "It was not called."}</p>;
}

function AttemptLine({ attempt: { number, startedAt, endedAt, error, costUsd } }: { attempt: Attempt }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <Mark shape={error ? "cross" : endedAt ? "disc" : "target"} className={error ? "text-failing" : "text-healthy"} />
      <span className="font-medium">{ordinal(number)}</span>
      {startedAt && <CopyTime at={startedAt} />}
      <span className="text-xs text-ink-3">
        {startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : ""}
        {costUsd !== null && ` · ${money(costUsd)}`}
      </span>
      {error && (
        <span className="w-full text-xs break-words text-failing">
          {error.type}: {error.message}
        </span>
      )}
    </li>
  );
}
