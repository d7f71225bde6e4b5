"""The model runner: a model of any provider that pydantic-ai knows, with tools over MCP.

A provider's key is sent to that provider's own address only. Retries are Temporal's, so those of the libraries are off.
Imported late: see `registry`.
"""

import asyncio
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx2
from genai_prices import calc_price
from pydantic_ai import Agent, StructuredDict, capture_run_messages
from pydantic_ai import exceptions as ai
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage, UsageLimits
from pydantic_core import to_json

from activities.runners.base import RunnerContext, Spending
from activities.runners.http import is_worth_a_retry
from activities.runners.providers import build_model, load_provider, price_provider
from activities.runners.unusable import unusable_answer
from models.contracts.base import REDACTED
from models.contracts.primitives.specs import McpServer, ModelRunner
from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.errors import AgentAnswerInvalid, AgentRefused, PodiumError, RunnerFailed
from models.rules.json.reading import Loss, loss_note, read_json_text
from runtime.security.chains import CHAIN_HEADER
from runtime.telemetry import tracing_is_on

__all__ = ["load_provider", "run"]

_SHOWN = 1000
# Spans of requests and tools; never what was said, which may hold secrets.
_INSTRUMENTED = Instrumentation(InstrumentationSettings(include_content=False, include_model_request_parameters=False))


async def run(runner: ModelRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Call the model, and the tools that it asks for, until it has answered or reached a limit.

    Raises:
        AgentRefused: the provider refused permanently, a limit was reached, or the model or key does not exist.
        RunnerFailed: it could not be reached, is overloaded, or failed.
        AgentAnswerInvalid: the answer cannot be read.
        AddressRefused: calls to its address, or an MCP server's, are not allowed.
    """
    key = context.reveal(runner.api_key) if runner.api_key is not None else None
    if runner.base_url is not None:
        runner = runner.model_copy(update={"base_url": context.reveal_url(runner.base_url)})
    # Known before the provider answers, so that a failed run names its model too.
    context.spending.model = runner.model.partition(":")[2]
    unreachable: list[str] = []
    with _converted_errors(key, unreachable), capture_run_messages() as messages:
        try:
            agent = _agent(runner, call, context, key, unreachable)
            result = await agent.run(_prompt(call), usage_limits=_limits(runner))
        except asyncio.CancelledError:
            # Only the provider knows the cost of the request that was cancelled.
            context.spending.book(None)
            raise
        except ai.UnexpectedModelBehavior as error:
            if reason := unusable_answer(error, messages):
                raise AgentAnswerInvalid(reason) from error
            raise
        except (ai.ModelHTTPError, ai.UserError):
            # Providers do not charge for requests that they refuse.
            context.spending.book(Decimal())
            raise
        finally:
            _book(context.spending, runner, messages)
    if note := loss_note(_losses(result.new_messages())):
        context.notes.append(note)
    spent = context.spending
    return AgentAnswer.model_construct(
        output=result.output, cost_usd=spent.whole_cost_usd, tokens=spent.tokens, model=spent.model
    )


def _agent(
    runner: ModelRunner, call: AgentCall, context: RunnerContext, key: str | None, unreachable: list[str]
) -> Agent[None, Any]:
    return Agent(
        build_model(runner, key, context.http),
        name=context.agent,
        instructions=runner.instructions or None,
        output_type=_output_type(context),
        toolsets=[_toolset(server, context, unreachable) for server in runner.mcp],
        model_settings=_settings(runner, call),
        capabilities=[_INSTRUMENTED] if tracing_is_on() else (),
    )


def _output_type(context: RunnerContext) -> Any:
    """Ask for an object where the agent's output schema is one; otherwise for text."""
    schema = context.output_schema
    return StructuredDict(schema, name="answer") if schema and schema.get("type") == "object" else str


def _toolset(server: McpServer, context: RunnerContext, unreachable: list[str]) -> MCPToolset[None]:
    headers = {name: context.reveal(value) for name, value in server.headers.items()} | {CHAIN_HEADER: context.chain()}
    url = context.reveal_url(server.url)
    return MCPToolset(url, http_client=_McpClient(context.http, headers, unreachable), init_timeout=10)


class _McpClient(httpx2.AsyncClient):
    """The process's client, with the headers of one MCP server on every request.

    It notes the server that cannot be reached, which the errors of the libraries above it do not name.
    """

    def __init__(self, client: httpx2.AsyncClient, headers: dict[str, str], unreachable: list[str]) -> None:
        super().__init__(headers={**client.headers, **headers}, timeout=client.timeout, trust_env=False)
        self._client = client
        self._unreachable = unreachable

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        # Without path and query, which may hold a secret.
        server = f"the MCP server {request.url.scheme}://{request.url.netloc.decode()}"
        try:
            response = await self._client.send(request, **options)
        except httpx2.TransportError as error:
            self._unreachable.append(f"{server} cannot be reached: {error or type(error).__name__}")
            raise
        if not response.is_success and request.method == "POST":
            self._unreachable.append(f"{server} answered with status {response.status_code}")
        return response


def _losses(messages: list[ModelMessage]) -> tuple[Loss, ...]:
    """Return what a structured answer has lost when its JSON was read; some providers' libraries give it as values."""
    last = next((one for one in reversed(messages) if isinstance(one, ModelResponse)), None)
    given = [part.args for part in last.parts if isinstance(part, ToolCallPart)] if last else []
    return tuple(loss for text in given if isinstance(text, str) for loss in read_json_text(text, "answer").losses)


def _settings(runner: ModelRunner, call: AgentCall) -> ModelSettings:
    settings = ModelSettings(timeout=call.timeout_seconds)
    if runner.max_tokens is not None:
        settings["max_tokens"] = runner.max_tokens
    if runner.temperature is not None:
        settings["temperature"] = runner.temperature
    return settings


def _limits(runner: ModelRunner) -> UsageLimits:
    return UsageLimits(request_limit=runner.limits.requests, total_tokens_limit=runner.limits.total_tokens)


def _prompt(call: AgentCall) -> str:
    return call.input if isinstance(call.input, str) else to_json(call.input).decode()


def _book(spending: Spending, runner: ModelRunner, messages: list[ModelMessage]) -> None:
    """Add every response of the model to the spending, also where the call failed."""
    for response in (message for message in messages if isinstance(message, ModelResponse)):
        name = response.model_name or runner.model.partition(":")[2]
        spending.book(_price(response, name, runner), _tokens(response.usage), name)


def _tokens(usage: RequestUsage) -> Tokens | None:
    if not usage.has_values():
        return None
    return Tokens(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cache_read=usage.cache_read_tokens,
        cache_write=usage.cache_write_tokens,
        reasoning=usage.output_reasoning_tokens or usage.details.get("reasoning_tokens", 0),
    )


def _price(response: ModelResponse, name: str, runner: ModelRunner) -> Any:
    """Return the price by genai-prices; None where it has none, or the provider reported no usage."""
    if response.usage.unmeasured_requests or not response.usage.has_values():
        return None
    try:
        # genai-prices warns about a class of tokens without a price; the sum would then be an estimate.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            price = calc_price(
                response.usage,
                name,
                provider_id=price_provider(runner),
                genai_request_timestamp=response.timestamp,
            )
    except (LookupError, ValueError, UserWarning):
        return None
    return price.total_price


@contextmanager
def _converted_errors(key: str | None, unreachable: list[str]) -> Iterator[None]:
    try:
        yield
    except (PodiumError, GeneratorExit):
        raise
    except Exception as error:
        chain = list(_chain(error))
        if known := next((one for one in chain if isinstance(one, PodiumError)), None):
            raise known from None
        if any(isinstance(one, json.JSONDecodeError) for one in chain):
            raise AgentAnswerInvalid(f"the provider's answer is not JSON: {error}"[:_SHOWN]) from error
        if unreachable and not any(isinstance(one, ai.AgentRunError) for one in chain):
            raise RunnerFailed(unreachable[0][:_SHOWN]) from error
        said = next((one for one in chain if isinstance(one, ai.AgentRunError | ai.UserError)), error)
        # The providers' libraries say "Connection error." and no more.
        transport = next((one for one in chain if isinstance(one, httpx2.TransportError) and str(one)), None)
        raise _as_podium_error(said, key, "" if transport is None else f" ({transport})") from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes and contexts, and the members of exception groups."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left.extend(one.exceptions if isinstance(one, BaseExceptionGroup) else ())
        left.extend(cause for cause in (one.__cause__, one.__context__) if cause is not None)


def _as_podium_error(error: BaseException, key: str | None, cause: str) -> RunnerFailed:
    text = f"{type(error).__name__}: {error}{cause}"
    # Some providers repeat the key that they refuse.
    text = (text.replace(key, REDACTED) if key else text)[:_SHOWN]
    match error:
        case ai.ModelHTTPError(status_code=status) if not is_worth_a_retry(status):
            return AgentRefused(text)
        case ai.ModelRequestRejectedError() | ai.UsageLimitExceeded() | ai.ContentFilterError() | ai.UserError():
            return AgentRefused(text)
        case ai.ModelAPIError(retry_after=seconds):
            return RunnerFailed(text, retry_after_seconds=seconds)
        case ai.UnexpectedModelBehavior():
            return AgentAnswerInvalid(text)
        case ImportError():
            return AgentRefused(text, hint="Install the provider's library beside Podium.")
    return RunnerFailed(text)
