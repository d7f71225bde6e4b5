"""Spans and metrics of agents' calls and of runs have the conventions' names, and never what was said."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy.ext.asyncio import AsyncSession

from activities import genai_spans
from activities.runners import model as model_runner
from models.errors import AgentRefused
from models.kinds import Kind
from models.states import RunStatus
from runtime.database import Sessions
from tests.activities.calls import Caller, open_call
from tests.activities.test_model_runner import model
from tests.factories import make_agent, make_automation, make_primitive, queue_run
from tests.support.chat_server import calls_tool, chat_server, says
from tests.support.http_server import Reply, Request, serve
from tests.support.mcp_server import answer_as_mcp

SECRET = "the launch is on Tuesday"


def always(reply: Reply) -> Callable[[Request], Awaitable[Reply]]:
    async def answer(_: Request) -> Reply:
        return reply

    return answer


class Recorded:
    """What was exported."""

    def __init__(self, spans: InMemorySpanExporter, reader: InMemoryMetricReader) -> None:
        self._spans, self._reader = spans, reader

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._spans.get_finished_spans()}

    def metric(self, name: str) -> list[Any]:
        data = self._reader.get_metrics_data()
        assert data is not None
        found = [metric for one in data.resource_metrics for scope in one.scope_metrics for metric in scope.metrics]
        return [point for metric in found if metric.name == name for point in metric.data.data_points]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    meter = MeterProvider([reader]).get_meter("podium")
    monkeypatch.setattr(genai_spans, "_TRACER", provider.get_tracer("podium"))
    monkeypatch.setattr(genai_spans, "_DURATION", meter.create_histogram("gen_ai.client.operation.duration"))
    monkeypatch.setattr(genai_spans, "_USAGE", meter.create_histogram("gen_ai.client.token.usage"))
    monkeypatch.setattr(model_runner, "tracing_is_on", lambda: True)
    monkeypatch.setattr(model_runner._INSTRUMENTED.settings, "tracer", provider.get_tracer("pydantic-ai"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-providers-own-key")
    return Recorded(spans, reader)


async def test_an_http_agent_is_a_client_span_with_its_tokens_and_cost(
    agents: Caller, sessions: Sessions, recorded: Recorded
) -> None:
    body = {"output": SECRET, "costUsd": "0.05", "tokens": {"input": 100, "output": 7, "cacheRead": 40}, "model": "m1"}

    async with serve(always(Reply(body=body))) as server:
        call = await open_call(sessions, {"runner": {"type": "http", "url": server.url}}, SECRET)
        await agents.call(call)
    (span,) = recorded.spans.values()
    attributes = dict(span.attributes or {})
    slug = attributes["gen_ai.agent.name"]
    assert (span.name, span.kind) == (f"invoke_agent {slug}", SpanKind.CLIENT)
    assert attributes["gen_ai.operation.name"] == "invoke_agent"
    assert attributes["gen_ai.provider.name"] == "podium.http"
    assert attributes["gen_ai.agent.id"] == str(call.primitive_id)
    assert attributes["gen_ai.conversation.id"] == attributes["podium.root_run_id"] == str(call.root_run_id)
    assert attributes["gen_ai.usage.input_tokens"] == 100
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 40
    assert (attributes["podium.cost_usd"], attributes["podium.cost_source"]) == (0.05, "reported")
    assert SECRET not in repr(attributes)
    (took,) = recorded.metric("gen_ai.client.operation.duration")
    assert (took.count, took.attributes["gen_ai.agent.name"]) == (1, slug)
    assert str(call.run_id) not in repr(took.attributes)
    used = {point.attributes["gen_ai.token.type"]: point.sum for point in recorded.metric("gen_ai.client.token.usage")}
    assert used == {"input": 100, "output": 7}


async def test_a_failed_call_is_an_error_named_by_its_code(
    agents: Caller, sessions: Sessions, recorded: Recorded
) -> None:
    async with serve(always(Reply(status=400, body={"error": SECRET}))) as server:
        call = await open_call(sessions, {"runner": {"type": "http", "url": server.url}})
        with pytest.raises(AgentRefused):
            await agents.call(call)
    (span,) = recorded.spans.values()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "agent_refused"
    assert SECRET not in span.to_json()
    (took,) = recorded.metric("gen_ai.client.operation.duration")
    assert took.attributes["error.type"] == "agent_refused"


async def test_an_agent_that_calls_back_is_no_error(agents: Caller, sessions: Sessions, recorded: Recorded) -> None:
    async with serve(always(Reply(status=202, body={}))) as server:
        call = await open_call(sessions, {"runner": {"type": "http", "url": server.url}}, may_accept=True)
        assert (await agents.call(call)).accepted_until
    (span,) = recorded.spans.values()
    assert span.status.status_code is StatusCode.UNSET
    assert "error.type" not in (span.attributes or {})


async def test_requests_and_tools_of_a_model_are_inside_its_agent_without_what_was_said(
    agents: Caller, sessions: Sessions, recorded: Recorded
) -> None:
    async with serve(answer_as_mcp) as mcp, chat_server(calls_tool("add", {"a": 2, "b": 3}), says(SECRET)) as server:
        runner = model(server, instructions=SECRET, mcp=[{"url": f"{mcp.url}/mcp"}])
        call = await open_call(sessions, runner, SECRET)
        await agents.call(call)
    spans = recorded.spans
    (outer,) = (span for span in spans.values() if "podium.run_id" in (span.attributes or {}))
    assert (outer.attributes or {})["gen_ai.request.model"] == "gpt-5-mini"
    assert (outer.attributes or {})["podium.cost_source"] == "computed"
    # Those of the requests would count twice.
    assert "gen_ai.usage.input_tokens" not in (outer.attributes or {})
    assert "chat gpt-5-mini" in spans
    assert any(name.startswith("execute_tool") for name in spans)
    assert {span.context.trace_id for span in spans.values() if span.context} == {outer.context.trace_id}
    assert (spans["chat gpt-5-mini"].attributes or {})["gen_ai.usage.input_tokens"] == 1000
    assert SECRET not in "".join(span.to_json() for span in spans.values())


async def test_a_run_that_groups_agents_is_a_span_of_its_own(session: AsyncSession, recorded: Recorded) -> None:
    pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "legal", "approval": {}}]})
    automation = await make_automation(session, pipeline)
    began = datetime(2026, 3, 2, 12, tzinfo=UTC)
    run = await queue_run(session, pipeline, automation, status=RunStatus.FAILED, started_at=began)
    run.finished_at, run.cost_usd = began + timedelta(seconds=41), Decimal("0.25")
    run.error_type, run.error_message, run.gates = "approval_rejected", SECRET, 1
    agent_run = await queue_run(session, await make_agent(session), status=RunStatus.COMPLETED, started_at=began)
    agent_run.finished_at = began
    await session.flush()
    for one in (run, agent_run):
        await genai_spans.record_run_span(session, one.id)
    (span,) = recorded.spans.values()
    attributes = dict(span.attributes or {})
    assert span.name == f"invoke_workflow {pipeline.slug}"
    assert (span.end_time or 0) - (span.start_time or 0) == 41_000_000_000
    assert (attributes["podium.kind"], attributes["podium.automation"]) == ("workflow", automation.slug)
    assert (attributes["podium.cost_usd"], attributes["podium.gates"]) == (0.25, 1)
    assert (attributes["error.type"], span.status.status_code) == ("approval_rejected", StatusCode.ERROR)
    assert SECRET not in span.to_json()
