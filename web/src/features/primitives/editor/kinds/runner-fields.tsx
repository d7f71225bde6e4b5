import type { ComponentType } from "react";

import { More, WIDE } from "@/components/form/part";

import defaults from "@/api/defaults.json";
import { at, dotted } from "../../spec/path";
import { useEditing } from "../editing";
import { JsonField, LongTextField, NumberField, SecretField, TextField } from "../fields/fields";
import { HeadersField } from "../fields/headers-field";
import { AddButton, RowButtons, useRows } from "../fields/rows";

export type RunnerType = "model" | "http" | "python" | "simulated";

const COST = "In USD. Leave empty if the answer reports it or it is unknown.";

function ModelFields() {
  const { spec } = useEditing();
  const unlimited = at(spec, ["runner", "limits", "requests"]) === null;
  return (
    <>
      <TextField path={["runner", "model"]} label="Model" placeholder="openai:gpt-5-mini" hint="provider:model" mono />
      <SecretField
        path={["runner", "apiKey"]}
        label="API key"
        hint="Leave empty to use the provider's environment variable on the worker, or enter env:NAME."
      />
      <LongTextField
        path={["runner", "instructions"]}
        label="Instructions"
        rows={8}
        className={WIDE}
        placeholder="The system prompt, sent before the input"
      />
      <More title="Endpoint, sampling and limits">
        <TextField
          path={["runner", "baseUrl"]}
          label="Base URL"
          empty={null}
          placeholder="https://"
          hint="An endpoint compatible with the provider's API. The provider's default key is never sent there."
          className={WIDE}
          mono
        />
        <NumberField path={["runner", "temperature"]} label="Temperature" empty={null} placeholder="model default" />
        <NumberField
          path={["runner", "maxTokens"]}
          label="Maximum tokens per answer"
          empty={null}
          placeholder="no limit"
        />
        <NumberField
          path={["runner", "limits", "requests"]}
          label="Maximum requests per call"
          empty={null}
          placeholder={unlimited ? "no limit" : String(defaults.ModelUsageLimits.requests)}
          hint="Each tool call uses one more request."
        />
        <NumberField
          path={["runner", "limits", "totalTokens"]}
          label="Maximum tokens per call"
          empty={null}
          placeholder="no limit"
        />
      </More>
      <Servers />
    </>
  );
}

function Servers() {
  const { rows, add } = useRows(["runner", "mcp"]);
  return (
    <div className={WIDE}>
      <p className="text-xs font-medium text-ink-2">MCP servers</p>
      <div className="mt-1 flex flex-col gap-2">
        {rows.map((row) => (
          <div
            key={row.id}
            role="group"
            aria-label={`MCP server ${row.index + 1}`}
            data-field={dotted(row.path)}
            className="rounded-md border border-line p-3"
          >
            <div className="mb-2 flex items-start gap-2">
              <TextField path={[...row.path, "url"]} label="URL" placeholder="https://" className="flex-1" mono />
              <RowButtons row={{ ...row, move: undefined }} count={rows.length} what={`server ${row.index + 1}`} />
            </div>
            <HeadersField path={[...row.path, "headers"]} />
          </div>
        ))}
        <AddButton onClick={() => add({ url: "" })}>Add server</AddButton>
      </div>
    </div>
  );
}

function HttpFields() {
  return (
    <>
      <TextField
        path={["runner", "url"]}
        label="URL"
        placeholder="https://"
        hint="Podium POSTs the input to this URL. It answers directly, or returns 202 and calls back later."
        className={WIDE}
        mono
      />
      <SecretField
        path={["runner", "signingSecret"]}
        label="Signing secret"
        hint="Signs calls with Standard Webhooks. Leave empty to send them unsigned."
      />
      <TextField path={["runner", "costUsd"]} label="Cost per call" empty={null} hint={COST} />
      <HeadersField path={["runner", "headers"]} className={WIDE} />
    </>
  );
}

function PythonFields() {
  return (
    <>
      <TextField
        path={["runner", "function"]}
        label="Function"
        placeholder="runtime.builtin_agents:word_count"
        hint="module:function. PODIUM_PYTHON_AGENT_MODULES lists the allowed modules."
        mono
      />
      <TextField path={["runner", "costUsd"]} label="Cost per call" empty={null} hint={COST} />
    </>
  );
}

function SimulatedFields() {
  const { SimulatedRunner: fallback } = defaults;
  return (
    <>
      <NumberField
        path={["runner", "successRate"]}
        label="Success rate"
        fallback={fallback.successRate}
        hint="From 0 to 1"
      />
      <NumberField path={["runner", "durationMs"]} label="Duration (ms)" fallback={fallback.durationMs} />
      <TextField
        path={["runner", "costUsd"]}
        label="Cost per call"
        empty={null}
        hint="In USD. Leave empty if unknown."
      />
      <NumberField path={["runner", "tokens"]} label="Tokens" fallback={fallback.tokens} />
      <NumberField
        path={["runner", "seed"]}
        label="Seed"
        fallback={fallback.seed}
        hint="The same seed gives the same run the same outcome."
      />
      <TextField
        path={["runner", "error"]}
        label="Error"
        empty={undefined}
        placeholder={fallback.error}
        hint="Message of a failed call"
      />
      <JsonField
        path={["runner", "output"]}
        label="Answer (JSON)"
        hint="Leave empty to generate one."
        className={WIDE}
      />
    </>
  );
}

export const RUNNER_FIELDS: Record<RunnerType, ComponentType> = {
  model: ModelFields,
  http: HttpFields,
  python: PythonFields,
  simulated: SimulatedFields,
};
