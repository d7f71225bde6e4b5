"""Proofs that the API has sent a message to a run's Temporal workflow, and so has verified the name in it.

Whoever reaches Temporal can send any message, with any name in it. A proof holds for one workflow, one message and one
argument. It can be read in the workflow's history, so the workflow takes each only once.
"""

import hashlib
import json
import secrets

from itsdangerous import BadData
from pydantic import JsonValue

from models.contracts.workflows.signals import SentMessage
from runtime.security.signing import message_proofs
from runtime.settings import Settings


def prove(settings: Settings, temporal_workflow_id: str, message: str, argument: JsonValue) -> str:
    """Return a new proof for one message."""
    given = [temporal_workflow_id, message, _digest(argument), secrets.token_hex(8)]
    return message_proofs(settings).dumps(given)


def is_proved(settings: Settings, sent: SentMessage) -> bool:
    """Return whether the message's proof is one that the API has made for it."""
    try:
        given = message_proofs(settings).loads(sent.proof)
    except BadData:
        return False
    expected = [sent.temporal_workflow_id, sent.message, _digest(sent.argument)]
    return isinstance(given, list) and given[:3] == expected


def _digest(argument: JsonValue) -> str:
    return hashlib.sha256(json.dumps(argument, sort_keys=True).encode()).hexdigest()
