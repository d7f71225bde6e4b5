"""The proof that comes with a message to a run: only the API can make one, after it has verified who sends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import JsonValue
from temporalio import workflow
from temporalio.api.common.v1 import Payload

with workflow.unsafe.imports_passed_through():
    from activities.senders import SenderActivities
    from models.contracts.workflows.signals import SentMessage
    from models.names import PROOF_HEADER
    from workflows.options import DATABASE
    from workflows.runs.failures import until_done

_given: ContextVar[str | None] = ContextVar("given_proof", default=None)


@contextmanager
def proof_of(headers: Mapping[str, Payload]) -> Iterator[None]:
    """Let the handler that the block calls see the proof of its message."""
    found = headers.get(PROOF_HEADER)
    token = _given.set(found.data.decode(errors="replace") if found else None)
    try:
        yield
    finally:
        _given.reset(token)


def sent_message(message: str, argument: JsonValue, used: set[str]) -> SentMessage | None:
    """Return the message that is being handled with its proof; None if it has none, or one that was used before."""
    proof = _given.get()
    if proof is None or proof in used:
        return None
    used.add(proof)
    return SentMessage(
        temporal_workflow_id=workflow.info().workflow_id, message=message, argument=argument, proof=proof
    )


async def is_proved(sent: SentMessage) -> bool:
    return await until_done(
        lambda: workflow.execute_local_activity_method(SenderActivities.verify_sender, sent, **DATABASE)
    )
