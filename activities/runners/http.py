"""The http runner: a signed POST to an endpoint, which answers at once, or accepts with 202 and calls back.

The run's id is the message id and the idempotency key, so that an endpoint can tell a retry from another run.
"""

import time
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2
from pydantic import JsonValue, ValidationError
from pydantic_core import to_json

from activities.runners.base import RunnerContext
from activities.runners.output import read_json_answer
from models.contracts.base import MAX_CALL_USD
from models.contracts.json_types import is_amount
from models.contracts.primitives.specs import HttpRunner
from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentAnswer, AgentCall
from models.errors import AgentAnswerInvalid, AgentRefused, Invalid, RunnerFailed
from models.rules.json.reading import loss_note
from models.rules.json.storable import with_replacements
from runtime.security.chains import CHAIN_HEADER
from runtime.security.outbound import MAX_ANSWER_BYTES
from runtime.security.revealed_secrets import scrubbed_text
from runtime.security.signing import signing_key

MAX_CALL_TOKENS = 10**12
_ENVELOPE = frozenset({"output", "costUsd", "tokens", "model", "error"})
# 409 too: it is how endpoints refuse a repeated idempotency key while its first request is still running.
_WORTH_A_RETRY = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_SHOWN_CHARACTERS = 300


async def run(runner: HttpRunner, call: AgentCall, context: RunnerContext) -> AgentAnswer:
    """Send the call and read the answer from the response or from the callback.

    Raises:
        AgentRefused: the endpoint refused permanently (3xx, 4xx), or answered an error that is not retryable.
        RunnerFailed: it could not be reached, or failed (408, 409, 425, 429, 5xx, or an error in its answer).
        AgentAnswerInvalid: the answer is not JSON, or too long.
        AddressRefused: calls to the address are not allowed.
    """
    if context.called_back is not None:
        return read_answer(context.called_back["body"], runner, context)
    body = to_json(
        {
            "runId": call.run_id,
            "rootRunId": call.root_run_id,
            "agent": context.agent,
            "input": call.input,
            "attempt": context.attempt,
            "dueAt": call.due_at,
            "callbackUrl": context.callback_url(),
        }
    )
    url = context.reveal_url(runner.url)
    status, headers, answer = await post(context.http, url, _headers(runner, call, context, body), body)
    if status == HTTPStatus.ACCEPTED:
        # Raises AcceptedByAgent: the workflow waits. Only runs of older versions wait here.
        return read_answer(await context.wait_for_callback(), runner, context)
    refuse_bad_status(status, headers, answer)
    return read_answer(_json(answer, context), runner, context)


def _headers(runner: HttpRunner, call: AgentCall, context: RunnerContext, body: bytes) -> dict[str, str]:
    own = {name: context.reveal(value) for name, value in runner.headers.items()}
    sent_at = datetime.fromtimestamp(int(time.time()), UTC)
    ours = {
        "Content-Type": "application/json",
        "Idempotency-Key": str(call.run_id),
        "webhook-id": str(call.run_id),
        "webhook-timestamp": str(int(sent_at.timestamp())),
        CHAIN_HEADER: context.chain(),
    }
    if runner.signing_secret is not None:
        try:
            signer = signing_key(context.reveal(runner.signing_secret))
        except (ValueError, RuntimeError) as error:
            raise Invalid(
                "the signing secret is empty or not base64", hint="Write whsec_<base64>, or any text."
            ) from error
        ours["webhook-signature"] = signer.sign(str(call.run_id), sent_at, body.decode())
    return own | ours


async def post(
    http: httpx2.AsyncClient, url: str, headers: dict[str, str], body: bytes
) -> tuple[int, httpx2.Headers, bytes]:
    """Send a body and read at most `MAX_ANSWER_BYTES` of answer."""
    try:
        async with http.stream("POST", url, headers=headers, content=body) as response:
            return response.status_code, response.headers, await read_limited(response)
    except httpx2.InvalidURL as error:
        raise AgentRefused(f"{url} is not a URL that can be called: {error}") from error
    except httpx2.HTTPError as error:
        raise RunnerFailed(f"the endpoint cannot be reached: {type(error).__name__}: {error}") from error


async def read_limited(response: httpx2.Response) -> bytes:
    """Read a streamed answer; raise `AgentAnswerInvalid` once it is longer than `MAX_ANSWER_BYTES`."""
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise AgentAnswerInvalid(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
    return bytes(answer)


def is_worth_a_retry(status: int) -> bool:
    """Return whether a request that was answered with this status may succeed when it is sent again."""
    return status in _WORTH_A_RETRY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def refuse_bad_status(status: int, headers: httpx2.Headers, answer: bytes) -> None:
    """Raise `RunnerFailed` or `AgentRefused` unless the status is 2xx; a redirect is not followed."""
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    shown = _shown(answer)
    said = f"the endpoint answered {status}: {shown}" if shown else f"the endpoint answered {status}"
    if is_worth_a_retry(status):
        raise RunnerFailed(said, retry_after_seconds=retry_after_seconds(headers.get("retry-after")))
    raise AgentRefused(said)


def retry_after_seconds(header: str | None) -> float | None:
    """Parse `Retry-After`, in seconds or as a date; None where it is neither."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _json(answer: bytes, context: RunnerContext) -> JsonValue:
    if not answer.strip():
        return None
    try:
        read = read_json_answer(answer)
    except ValueError as error:
        raise AgentAnswerInvalid(f"the endpoint's answer is not JSON ({error}): {_shown(answer)}") from None
    if note := loss_note(read.losses):
        context.notes.append(note)
    return read.value


def _shown(answer: bytes) -> str:
    # Scrubbed before it is cut: half a secret would no longer be recognised.
    return scrubbed_text(answer.decode(errors="replace"))[:_SHOWN_CHARACTERS].strip()


def read_answer(body: JsonValue, runner: HttpRunner, context: RunnerContext) -> AgentAnswer:
    """Parse `{output, costUsd?, tokens?, model?, error?}`; any other JSON is the output itself."""
    envelope = (
        body if isinstance(body, dict) and body.keys() <= _ENVELOPE and body.keys() & {"output", "error"} else None
    )
    if envelope is None:
        context.spending.book(runner.cost_usd)
        return AgentAnswer(output=body, cost_usd=runner.cost_usd)
    cost = runner.cost_usd if envelope.get("costUsd") is None else _money(envelope["costUsd"])
    model = envelope.get("model")
    named = with_replacements(model)[0] if isinstance(model, str) else None
    context.spending.book(cost, _tokens(envelope.get("tokens")), str(named) if named else None)
    if envelope.get("error") is not None:
        _raise_error(envelope["error"])
    spent = context.spending
    return AgentAnswer(output=envelope.get("output"), cost_usd=cost, tokens=spent.tokens, model=spent.model)


def _raise_error(error: JsonValue) -> None:
    match error:
        case {"message": str(message), "retryable": False}:
            raise AgentRefused(message)
        case {"message": str(message)} | str(message):
            raise RunnerFailed(message)
    raise RunnerFailed(_shown(to_json(error)))


def _money(value: JsonValue) -> Decimal:
    # Python would read the text "1_0" as 10.
    cost = Decimal(str(value)) if is_amount(str(value)) else None
    if isinstance(value, bool) or cost is None or not 0 <= cost <= MAX_CALL_USD:
        raise AgentAnswerInvalid(
            f"costUsd must be an amount in US dollars from 0 to {MAX_CALL_USD:,}, not {_shown(str(value).encode())}"
        )
    return cost.quantize(Decimal("0.00000001"))


def _tokens(value: JsonValue) -> Tokens | None:
    if value is None:
        return None
    try:
        tokens = Tokens(input=value) if isinstance(value, int) else Tokens.model_validate(value)
    except ValidationError as error:
        raise AgentAnswerInvalid(f"tokens cannot be read: {error.errors()[0]['msg']}") from None
    for name, count in tokens.model_dump().items():
        if not 0 <= count <= MAX_CALL_TOKENS:
            raise AgentAnswerInvalid(f"tokens.{name} must be from 0 to {MAX_CALL_TOKENS:,}")
    return tokens
