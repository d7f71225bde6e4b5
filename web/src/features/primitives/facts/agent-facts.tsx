import { REDACTED } from "@/api/redacted";
import type { Primitive } from "@/api/types";
import { Json } from "@/components/json";
import { count, money, percent, plural } from "@/lib/text/format";
import { duration } from "@/lib/time/time";

import { record, records, type Spec, text } from "../spec/read";
import { Code, Fact, Facts } from "./fact";

const RUNNERS: Record<string, string> = {
  model: "Language model",
  http: "HTTP endpoint",
  python: "Python function",
  simulated: "Simulated",
};
const SECOND = 1000;
const MINUTE = 60;
const HUNDRED = 100;

export function AgentFacts({ primitive }: { primitive: Primitive }) {
  const spec: Spec = primitive.spec;
  const runner = record(spec.runner);
  const retry = record(spec.retry);
  return (
    <div className="flex flex-col gap-3">
      <Facts>
        <Fact label="Runner">{RUNNERS[text(runner.type)]}</Fact>
        <RunnerFacts runner={runner} />
        <Fact label="Capacity">{capacity(primitive)}</Fact>
        <Fact label="Timeout">{seconds(spec.timeoutSeconds)}</Fact>
        <Fact label="Retry">
          {typeof retry.maxAttempts === "number" &&
            `${plural(retry.maxAttempts, "attempt")}, ${seconds(retry.initialSeconds)} to ${seconds(retry.maxSeconds)} apart`}
        </Fact>
      </Facts>
      {text(runner.instructions) && (
        <div>
          <h3 className="mb-1 text-ink-3">Instructions</h3>
          <p
            tabIndex={0}
            aria-label="Instructions"
            className="max-h-72 overflow-y-auto rounded-md border border-line bg-sunken p-2.5 whitespace-pre-wrap"
          >
            {text(runner.instructions)}
          </p>
        </div>
      )}
      {spec.outputSchema ? (
        <div>
          <h3 className="mb-1 text-ink-3">Answer schema</h3>
          <Json value={spec.outputSchema} label="Answer schema" />
        </div>
      ) : null}
    </div>
  );
}

function RunnerFacts({ runner }: { runner: Spec }) {
  const limits = record(runner.limits);
  const servers = records(runner.mcp);
  const headers = Object.keys(record(runner.headers));
  return (
    <>
      <Fact label="Model">{text(runner.model) && <Code>{text(runner.model)}</Code>}</Fact>
      <Fact label="Endpoint">
        {(text(runner.url) || text(runner.baseUrl)) && <Code>{text(runner.url) || text(runner.baseUrl)}</Code>}
      </Fact>
      <Fact label="Function">{text(runner.function) && <Code>{text(runner.function)}</Code>}</Fact>
      <Fact label="API key">{secret(runner.apiKey)}</Fact>
      <Fact label="Signing secret">{secret(runner.signingSecret)}</Fact>
      <Fact label="Headers">{headers.length > 0 && <Code>{headers.join(", ")}</Code>}</Fact>
      <Fact label="Temperature">{number(runner.temperature)}</Fact>
      <Fact label="Limits">
        {[
          number(limits.requests, "requests per call"),
          number(limits.totalTokens, "tokens per call"),
          number(runner.maxTokens, "tokens per answer"),
        ]
          .filter(Boolean)
          .join(", ")}
      </Fact>
      <Fact label="MCP servers">
        {servers.length > 0 && <Code>{servers.map((server) => text(server.url)).join(", ")}</Code>}
      </Fact>
      <Fact label="Success rate">
        {typeof runner.successRate === "number" && percent(runner.successRate * HUNDRED)}
      </Fact>
      <Fact label="Duration">{typeof runner.durationMs === "number" && duration(runner.durationMs)}</Fact>
      <Fact label="Cost per call">{text(runner.costUsd) && money(text(runner.costUsd))}</Fact>
      <Fact label="Tokens">{runner.tokens ? number(runner.tokens) : null}</Fact>
    </>
  );
}

function capacity({ capacity: now, spec }: Primitive): string {
  const meant = (spec as Spec).capacity;
  if (now === null) return "No limit";
  const before = typeof meant === "number" ? String(meant) : "no limit";
  return now === meant ? `${String(now)} concurrent` : `${String(now)} concurrent (a pulse changed it from ${before})`;
}

const secret = (value: unknown) => (value === REDACTED ? "Stored" : text(value) && <Code>{text(value)}</Code>);
const number = (value: unknown, unit = "") => (typeof value === "number" ? `${count(value)} ${unit}`.trim() : "");
const seconds = (value: unknown) =>
  typeof value !== "number" ? "" : value < MINUTE ? `${value} s` : duration(value * SECOND).replace(/ 0 [sm]$/, "");
