"""Deliveries on the wire: what arrived, and what became of it."""

import uuid

from pydantic import JsonValue

from models.contracts.base import Contract, Instant
from models.contracts.runs import FiredRun
from models.states import Source


class DeliveryView(Contract):
    """One accepted webhook, event, Slack message or manual request."""

    id: uuid.UUID
    source: Source
    endpoint: str
    headers: dict[str, str]
    payload: JsonValue
    idempotency_key: str | None
    outcome: str
    replay_of: uuid.UUID | None
    sent_by: str | None
    """The name of the API key that sent it; null where the sender proved itself otherwise (a webhook, Slack)."""
    received_at: Instant
    runs: tuple[FiredRun, ...]
