"""Chooses the key by which a repeated webhook is recognised.

Only what the signature covers may name a message: whoever captured a signed request could change anything else, to fire
again or to make the next message look like a repetition. docs/reference/triggers.md says what is left open.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import JsonValue

from api.firing.signatures import TOLERANCE_SECONDS, standard_headers
from models.contracts.automations.drafts import Verification
from models.errors import Invalid

KEY_HEADERS = ("idempotency-key", "webhook-id", "svix-id", "x-github-delivery")
KEY_LENGTH = 200
GITHUB_WINDOW = timedelta(days=3)
"""GitHub offers to redeliver for three days."""
SLACK_WINDOW = timedelta(seconds=2 * TOLERANCE_SECONDS)
"""Later, the signed timestamp is no longer accepted."""


@dataclass(frozen=True, slots=True)
class MessageKey:
    """An idempotency key, and how long it is remembered; None: without a limit."""

    key: str | None
    lasts: timedelta | None = None


def webhook_key(method: Verification, headers: Mapping[str, str], body: bytes, payload: JsonValue) -> MessageKey:
    """Return the key of a verified webhook. A field `idempotencyKey` of the body is always covered by the signature.

    Raises:
        Invalid: the field `idempotencyKey` is not text of 1 to 200 characters.
    """
    if (own := _own_key(payload)) is not None:
        return MessageKey(own)
    match method:
        case Verification.STANDARD:
            return MessageKey(_fitting(standard_headers(headers)["webhook-id"]))
        case Verification.GITHUB:
            return MessageKey(_digest(body), GITHUB_WINDOW)
        case Verification.SLACK:
            return slack_key(headers, body, payload)
    # Nothing is signed: the sender's headers are as good as its body.
    return MessageKey(idempotency_key(headers))


def slack_key(headers: Mapping[str, str], body: bytes, payload: JsonValue) -> MessageKey:
    """Return the id of Slack's event or command, which Slack repeats when it retries."""
    fields = payload if isinstance(payload, dict) else {}
    for name in ("event_id", "trigger_id"):
        found = fields.get(name)
        if isinstance(found, str) and found:
            return MessageKey(_fitting(found))
    sent_at = headers.get("x-slack-request-timestamp", "").encode()
    return MessageKey(_digest(sent_at + b":" + body), SLACK_WINDOW)


def idempotency_key(headers: Mapping[str, str], given: object = None) -> str | None:
    """Return the key in the body, else the first of the headers that senders use for it."""
    key = given if isinstance(given, str) and given else None
    for name in KEY_HEADERS:
        key = key or headers.get(name)
    if key is not None and len(key) > KEY_LENGTH:
        raise Invalid(f"an idempotency key must have at most {KEY_LENGTH} characters", field="idempotencyKey")
    return key or None


def _own_key(payload: JsonValue) -> str | None:
    key = payload.get("idempotencyKey") if isinstance(payload, dict) else None
    if key is None:
        return None
    if not isinstance(key, str) or not 1 <= len(key) <= KEY_LENGTH:
        raise Invalid(f"idempotencyKey must be text of 1 to {KEY_LENGTH} characters", field="idempotencyKey")
    return key


def _fitting(key: str) -> str:
    return key if len(key) <= KEY_LENGTH else _digest(key.encode())


def _digest(signed: bytes) -> str:
    return f"sha256:{hashlib.sha256(signed).hexdigest()}"
