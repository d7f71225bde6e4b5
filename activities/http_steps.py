"""HTTP requests as steps of a pipeline; secrets are read from PostgreSQL, and do not pass through Temporal."""

from dataclasses import dataclass
from uuid import UUID

import httpx2
import structlog
from pydantic import JsonValue
from pydantic_core import to_json
from temporalio import activity

from activities.runners.http import read_limited, refuse_bad_status
from activities.runners.output import checked_output, read_json_answer
from models.contracts.primitives.specs import HttpStep, PipelineSpec
from models.contracts.workflows.lifecycle import HttpStepCall
from models.errors import AgentAnswerInvalid, AgentRefused, NotFound, RunnerFailed, Unavailable
from models.rules.json.exact_numbers import NotANumber
from models.rules.json.reading import ReadJson, loss_note
from models.store.runs.agent_results import note_on_run
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from runtime.security.chains import CHAIN_HEADER, chain_header
from runtime.security.keyring import Keyring
from runtime.security.revealed_secrets import scrubbed_text
from runtime.security.secrets import SPEC_SECRETS, reveal
from runtime.security.url_references import reveal_url
from runtime.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HttpStepActivities:
    """The activity of HTTP steps and its dependencies."""

    sessions: Sessions
    http: httpx2.AsyncClient
    keyring: Keyring
    settings: Settings

    @activity.defn(name="call-http-step")
    async def call_http_step(self, call: HttpStepCall) -> JsonValue:
        """Send the step's request and return the response body, as JSON or else as text.

        Raises:
            RunnerFailed: the address cannot be reached or failed (408, 409, 425, 429, 5xx).
            AgentRefused: it refused permanently (3xx, and any other 4xx).
            AddressRefused: calls to the address are not allowed.
            NotFound: the step is no longer in the spec.
        """
        step = await self._step(call.primitive_id, call.key)
        url = reveal_url(step.url, self.keyring.variables)
        headers = {name: reveal(self.keyring, value, context=SPEC_SECRETS) for name, value in step.headers.items()}
        body = None if step.method == "GET" else to_json(call.body)
        given = {"Content-Type": "application/json", "Idempotency-Key": f"{call.run_id}/{call.key}"}
        ours = {CHAIN_HEADER: chain_header(self.settings, call.run_id)}
        try:
            async with self.http.stream(
                step.method, url, headers={**given, **headers, **ours}, content=body, timeout=step.timeout_seconds
            ) as response:
                answer = await read_limited(response)
                refuse_bad_status(response.status_code, response.headers, answer)
        except httpx2.InvalidURL as error:
            raise AgentRefused(f"{step.url} is not a URL that can be called: {error}") from error
        except httpx2.HTTPError as error:
            raise RunnerFailed(f"{step.url} cannot be reached: {type(error).__name__}: {error}") from error
        output, note = _answer(answer)
        if note:
            await self._note(call, f"step {call.key}: {note}")
        return output

    async def _note(self, call: HttpStepCall, note: str) -> None:
        try:
            async with transaction(self.sessions) as session:
                await note_on_run(session, call.run_id, note)
        except Unavailable:
            # The request must not be sent again for a note.
            log.exception("a note is not stored", note=note)

    async def _step(self, primitive_id: UUID, key: str) -> HttpStep:
        async with transaction(self.sessions) as session:
            primitive = await session.get_one(Primitive, primitive_id)
        spec = PipelineSpec.model_validate(primitive.spec)
        step = next((step.http for step in spec.steps if step.key == key), None)
        if step is None:
            raise NotFound(f"there is no HTTP step {key!r} in the spec any more", field="steps")
        return step


def _answer(body: bytes) -> tuple[JsonValue, str | None]:
    """Return the answer, and what it lost when it was read."""
    try:
        read = read_json_answer(body)
    except NotANumber as error:
        raise AgentAnswerInvalid(f"the address's answer is not JSON: {error}") from None
    except ValueError:
        read = ReadJson(body.decode(errors="replace"))
    notes = [note] if (note := loss_note(read.losses)) else []
    output = checked_output(read.value, notes)
    return output, scrubbed_text("; ".join(notes)) or None
