"""Why an automation ran, or did not, at an instant or in a span."""

import uuid
from enum import StrEnum

from models.contracts.base import Contract, Instant
from models.contracts.runs.views import AutomationRef


class WhyVerdict(StrEnum):
    """Result of a due time, a delivery or an instant."""

    FIRED = "fired"
    """It started a run."""
    WAITING = "waiting"
    """Its run is queued, or waits for something."""
    MISSED = "missed"
    """No run started: an earlier one was still open, or there was an outage."""
    PAUSED = "paused"
    SNOOZED = "snoozed"
    SLOWED = "slowed"
    """Its health policy lets only some of its due times fire."""
    OVER_BUDGET = "over_budget"
    SKIPPED = "skipped"
    """Skipped for another reason, such as an inactive primitive."""
    ARCHIVED = "archived"
    NOT_DUE = "not_due"
    DUE = "due"
    """It is in the future and will fire."""
    FILTERED = "filtered"
    """Something arrived, and no run was started for it."""
    NO_DELIVERY = "no_delivery"
    DRIFTED = "drifted"
    """Its schedule in Temporal differs from what is saved."""
    UNKNOWN = "unknown"
    """Nothing is recorded about it."""


class Verdict(Contract):
    """Result of one due time or delivery."""

    at: Instant
    """The due time, the time of arrival, or the requested instant."""
    verdict: WhyVerdict
    """The result."""
    text: str
    """The result in a sentence."""
    run_id: uuid.UUID | None = None
    """The run that it started, or the earlier run that blocked it."""
    audit_id: uuid.UUID | None = None
    """The entry of the audit log that explains it."""
    by: str | None = None
    """Who caused it."""


class Why(Contract):
    """Why an automation ran, or did not."""

    automation: AutomationRef
    """The automation."""
    verdicts: tuple[Verdict, ...]
    """Oldest first."""
    next_from: Instant | None
    """Where to continue if the span has more. null: complete."""
