"""Deliveries as the API returns them."""

import uuid

from pydantic import JsonValue

from models.contracts.base import Contract, Instant
from models.contracts.runs.views import FiredRun
from models.states import Source


class DeliveryMatchView(Contract):
    """Outcome of a delivery for one automation that listened."""

    automation_id: uuid.UUID
    """The automation."""
    outcome: str
    """`matched`, `paused`, `filtered` or `filter_error`."""
    code: str | None = None
    """Kind of filter error: `filter_error` or `filter_too_costly`."""
    reason: str | None = None
    """Why its filter could not be evaluated."""


class FilterFailure(Contract):
    """The latest delivery for which an automation's filter could not be evaluated, so that it did not fire."""

    at: Instant
    """When the delivery arrived."""
    delivery_id: uuid.UUID
    """The delivery; it can be replayed."""
    code: str
    """`filter_error` or `filter_too_costly`."""
    reason: str
    """Why the filter could not be evaluated."""


class DeliveryView(Contract):
    """One accepted webhook, event, Slack message or manual request."""

    id: uuid.UUID
    """Id of the delivery."""
    source: Source
    """How it arrived."""
    endpoint: str
    """Where it arrived, such as `webhook:orders` or `event:order.created`."""
    headers: dict[str, str]
    """The stored headers; never signatures or keys."""
    payload: JsonValue
    """What was sent."""
    idempotency_key: str | None
    """Requests with the same key count as one."""
    outcome: str
    """`fired`, `skipped`, `filtered`, `filter_error`, `unmatched`, `ignored` (GitHub's ping, Slack's bots) or
    `rejected` (verified, but not readable)."""
    note: str | None
    """What was changed to read the body, or why it was ignored or rejected."""
    size: int | None
    """Size of the body in bytes."""
    replay_of: uuid.UUID | None
    """The delivery that it replays."""
    sent_by: str | None
    """Name of the API key that sent it. null: a webhook or Slack."""
    received_at: Instant
    """When it arrived."""
    content_deleted_at: Instant | None = None
    """When its payload and headers were deleted for their age; it cannot be replayed any more."""
    runs: tuple[FiredRun, ...]
    """The runs that it created."""
    matches: tuple[DeliveryMatchView, ...] = ()
    """The outcome for each automation that listened; empty for deliveries of older versions."""
