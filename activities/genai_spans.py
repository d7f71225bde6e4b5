"""Spans and metrics of runs with the names of OpenTelemetry's conventions for generative AI.

The names are those of the conventions at version 1.41, all of which are still in development. What was said to a model
and what it answered is left out. Without an exporter nothing is recorded.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.runners.base import RunnerContext, Spending
from models.contracts.primitives.specs import HttpRunner, ModelRunner, Runner, SimulatedRunner
from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentCall
from models.errors import PodiumError
from models.kinds import KINDS
from models.states import RunStatus
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

_SECONDS = [0.01 * 2**power for power in range(14)]
_TOKENS = [4**power for power in range(14)]
_TRACER = trace.get_tracer("podium")
_METER = metrics.get_meter("podium")
_DURATION = _METER.create_histogram(
    "gen_ai.client.operation.duration",
    unit="s",
    description="Duration of calls of agents.",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
_USAGE = _METER.create_histogram(
    "gen_ai.client.token.usage",
    unit="{token}",
    description="Tokens that calls of agents have used.",
    explicit_bucket_boundaries_advisory=_TOKENS,
)


@contextmanager
def agent_span(call: AgentCall, runner: Runner, context: RunnerContext, *, harmless: type[Exception]) -> Iterator[Span]:
    """Record the call of an agent, which ends with the block.

    An error is named by its code, without its message; `harmless` is none.
    """
    slug, spending = context.agent, context.spending
    named = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": _provider(runner),
        "gen_ai.agent.name": slug,
    }
    facts: dict[str, Any] = {
        "gen_ai.agent.id": str(call.primitive_id),
        # A cascade is one conversation: those who read agents' timelines group by it.
        "gen_ai.conversation.id": str(call.root_run_id),
        "podium.run_id": str(call.run_id),
        "podium.root_run_id": str(call.root_run_id),
        "podium.attempt": context.attempt,
        "podium.simulated": isinstance(runner, SimulatedRunner),
    }
    if isinstance(runner, ModelRunner):
        facts["gen_ai.request.model"] = runner.model.partition(":")[2]
    kind = SpanKind.CLIENT if isinstance(runner, HttpRunner) else SpanKind.INTERNAL
    began = time.perf_counter()
    # What samplers decide by is there when the span starts.
    with _TRACER.start_as_current_span(
        f"invoke_agent {slug}",
        kind=kind,
        attributes={**named, **facts},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except harmless:
            raise
        except BaseException as error:
            named["error.type"] = _code(error)
            span.set_attribute("error.type", named["error.type"])
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            _DURATION.record(time.perf_counter() - began, named)
            _spent(span, runner, spending, named)


async def record_run_span(session: AsyncSession, run_id: UUID) -> None:
    """Record a closed run that groups the runs of agents, from its start to its end."""
    query = (
        select(Run, Primitive.slug, Automation.slug)
        .join(Primitive, Primitive.id == Run.primitive_id)
        .outerjoin(Automation, Automation.id == Run.automation_id)
        .where(Run.id == run_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return
    run, slug, automation = found
    if KINDS[run.kind].calls_agent or run.started_at is None or run.finished_at is None:
        return
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": slug,
        "gen_ai.conversation.id": str(run.root_run_id),
        "podium.kind": run.kind.value,
        "podium.run_id": str(run.id),
        "podium.root_run_id": str(run.root_run_id),
        "podium.status": run.status.value,
        "podium.source": run.source.value if run.source else "",
        "podium.automation": automation or "",
        "podium.interventions": run.interventions,
        "podium.gates": run.gates,
    }
    if run.cost_usd is not None:
        attributes["podium.cost_usd"] = float(run.cost_usd)
    span = _TRACER.start_span(f"invoke_workflow {slug}", attributes=attributes, start_time=_nanoseconds(run.started_at))
    if run.status is RunStatus.FAILED:
        span.set_attribute("error.type", run.error_type or "error")
        span.set_status(StatusCode.ERROR)
    span.end(_nanoseconds(run.finished_at))


def _spent(span: Span, runner: Runner, spending: Spending, named: dict[str, str]) -> None:
    if spending.model:
        span.set_attribute("gen_ai.response.model", spending.model)
    if (cost := spending.whole_cost_usd) is not None:
        span.set_attribute("podium.cost_usd", float(cost))
        span.set_attribute("podium.cost_source", _cost_source(runner))
    # A model's tokens are those of the requests inside, which would count twice.
    if spending.tokens is None or isinstance(runner, ModelRunner):
        return
    for name, count in _usage(spending.tokens).items():
        span.set_attribute(f"gen_ai.usage.{name}", count)
    model = {"gen_ai.response.model": spending.model} if spending.model else {}
    for kind, count in (("input", spending.tokens.input), ("output", spending.tokens.output)):
        _USAGE.record(count, {**named, **model, "gen_ai.token.type": kind})


def _usage(tokens: Tokens) -> dict[str, int]:
    return {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read.input_tokens": tokens.cache_read,
        "cache_creation.input_tokens": tokens.cache_write,
        "reasoning.output_tokens": tokens.reasoning,
    }


def _provider(runner: Runner) -> str:
    return runner.model.partition(":")[0] if isinstance(runner, ModelRunner) else f"podium.{runner.type}"


def _cost_source(runner: Runner) -> str:
    if isinstance(runner, ModelRunner):
        return "computed"
    return "configured" if isinstance(runner, SimulatedRunner) else "reported"


def _code(error: BaseException) -> str:
    if isinstance(error, PodiumError):
        return error.code
    # An error that is final for Temporal carries its code as its type.
    return str(getattr(error, "type", None) or type(error).__name__)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
