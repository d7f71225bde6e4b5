"""Deliveries as the API returns them."""

import uuid

from pydantic import JsonValue

from models.contracts.base import Contract, Instant, SearchedPage
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import DeadReason, DeliveryOutcome, HeldBy, MatchOutcome, RunStatus, SkipReason, Source


class DeliveryMatchView(Contract):
    """Outcome of a delivery for one automation that listened."""

    automation: AutomationRef
    """The automation."""
    outcome: MatchOutcome
    """`matched`, `paused`, `filtered` or `filter_error`."""
    code: str | None
    """Kind of filter error: `filter_error` or `filter_too_costly`."""
    reason: str | None
    """Why its filter could not be evaluated."""
    run: "DeliveryRun | None"
    """Its run."""


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


class DeliveryRun(Contract):
    """A run that a delivery created."""

    run_id: uuid.UUID
    """The run."""
    automation: AutomationRef | None
    """The automation that it was created for. null: a primitive was executed directly."""
    kind: Kind
    """Kind of what it runs."""
    status: RunStatus
    """Its status now."""
    reason: str | None
    """Why it was skipped, or cancelled."""
    held_by: HeldBy | None
    """What it waits for before it may start."""
    temporal_workflow_id: str | None
    """Its Temporal workflow. null: it has none, or not yet."""


class DeliveryRow(Contract):
    """One delivery in a list, without what was sent."""

    id: uuid.UUID
    """Id of the delivery."""
    source: Source
    """How it arrived."""
    endpoint: str
    """Where it arrived, such as `webhook:orders` or `event:order.created`."""
    outcome: DeliveryOutcome
    """What became of it when it arrived: `fired`, `skipped`, `filtered`, `filter_error`, `unmatched`, `ignored`
    (GitHub's ping, Slack's bots), `rejected` (verified, but not readable), or `pending` for a moment."""
    dead_reason: DeadReason | SkipReason | None
    """Why it is a dead letter: it was accepted, but none of its runs has completed or still may. null: it is none."""
    note: str | None
    """What was changed to read the body, or why it was ignored or rejected."""
    size: int | None
    """Size of the body in bytes."""
    idempotency_key: str | None
    """Requests with the same key count as one."""
    sent_by: str | None
    """Name of the API key that sent it. null: a webhook or Slack."""
    replay_of: uuid.UUID | None
    """The delivery that it replays."""
    replay_id: uuid.UUID | None
    """The replay of many deliveries that it is part of."""
    received_at: Instant
    """When it arrived."""
    content_deleted_at: Instant | None
    """When its payload and headers were deleted for their age; it cannot be replayed any more."""
    runs: tuple[DeliveryRun, ...]
    """The runs that it created; in lists the first 5."""
    run_count: int
    """How many runs it created."""
    matches: dict[MatchOutcome, int]
    """How many automations listened, by what the delivery meant for them."""


class DeliveryPage(SearchedPage[DeliveryRow]):
    """One page of deliveries, newest first."""


class DeliveryView(DeliveryRow):
    """A delivery with what was sent."""

    headers: dict[str, str]
    """The stored headers; never signatures or keys."""
    payload: JsonValue
    """What was sent, as automations see it."""
    body: str | None
    """The body as it was sent, up to its first 100,000 characters. null: it is not text, or it is not shown because it
    may hold tokens of its sender."""
    listeners: tuple[DeliveryMatchView, ...]
    """What it meant for each automation that listened; empty for deliveries of older versions."""
    replays: tuple[DeliveryRow, ...]
    """Its replays, newest first, at most 20."""


class Facet(Contract):
    """How many deliveries have a value, under all other filters."""

    value: str
    """The value."""
    count: int
    """How many."""
    at_least: bool
    """There are more: counting has stopped there."""


class DeliveryFacets(Contract):
    """Counts of the values that deliveries have, most frequent first."""

    source: tuple[Facet, ...]
    outcome: tuple[Facet, ...]
    dead_reason: tuple[Facet, ...]
    """Of the dead letters only."""
    endpoint: tuple[Facet, ...]
    """Of the newest 2,000 deliveries only."""


class RefusedEndpoint(Contract):
    """Requests that were refused for their signature or timestamp; they are counted, nothing else of them is kept."""

    endpoint: str
    """Where they arrived; `slack` for all of Slack's, whose content is not read without a valid signature."""
    count: int
    """How many."""
    last_at: Instant
    """When the last one arrived."""


class RefusedEndpoints(Contract):
    """Endpoints with refused requests, the latest first."""

    items: tuple[RefusedEndpoint, ...]
    """At most 100."""
